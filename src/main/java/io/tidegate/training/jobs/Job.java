package io.tidegate.training.jobs;

import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A job as the database has it.
 *
 * @param position order of arrival
 * @param wanted what a running job is asked to become
 * @param fence the token that a worker's writes must carry; it changes with every claim
 * @param worker who runs it, or ran it last
 * @param engine that it runs on, or ran on last, by {@link TrainingEngine#fingerprint}; null until it has begun
 * @param execution which of its entries in the queue may run it
 * @param lost workers lost since the last checkpoint
 * @param metrics of the best weights so far, by name
 * @param experiment that it belongs to
 * @param events number of its last event
 */
public record Job(
        String id,
        long position,
        JobRequest request,
        JobStatus status,
        @Nullable Wanted wanted,
        long fence,
        @Nullable String worker,
        @Nullable String engine,
        int execution,
        int lost,
        Progress progress,
        SortedMap<String, Double> metrics,
        @Nullable Published published,
        @Nullable JobError error,
        @Nullable String experiment,
        Instant createdAt,
        long events) {

    public Job {
        metrics = Collections.unmodifiableSortedMap(new TreeMap<>(metrics));
    }

    /** What a running job's worker is to do between two updates. */
    public enum Wanted {
        PAUSE,
        CANCEL
    }

    /**
     * @param epoch the one it is in, from 0
     * @param step updates done
     * @param totalSteps updates of all epochs; fewer are done where patience ends
     * @param etaSeconds null while nothing is known
     */
    public record Progress(
            int epoch,
            long step,
            long totalSteps,
            double fraction,
            @Nullable Double etaSeconds) {

        static final Progress NONE = new Progress(0, 0, 0, 0, null);
    }

    /** The version that it became. */
    public record Published(int version, String weightsSha256) {}
}
