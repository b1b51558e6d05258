package io.tidegate.training.experiments;

import io.tidegate.training.experiments.ExperimentRequest.Match;
import io.tidegate.training.jobs.JobFindings;
import io.tidegate.training.jobs.JobStatus;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an experiment shows so far, in numbers and in words that follow them.
 *
 * @param metric what is compared, on the test data; null until a job has succeeded
 * @param conclusions a sentence for each cell that is compared
 * @param notes what a reader must know to read the numbers right
 */
public record Report(
        String experiment,
        String recipe,
        @Nullable String preset,
        @Nullable String dataset,
        Map<String, Object> parameters,
        Match match,
        String comparedTo,
        Progress progress,
        JobFindings.@Nullable Metric metric,
        List<String> conclusions,
        List<String> notes,
        List<CellResult> cells,
        List<Chart> charts) {

    /** @param text how much is in, in words */
    public record Progress(int jobs, int ended, int succeeded, int diverged, String text) {}

    /**
     * @param variant its name
     * @param weights of the network
     * @param parameters of its own, beside those of all
     * @param result over the seeds that have one
     * @param comparison with the cell that all are compared to; null for that cell itself, and until a job has succeeded
     * @param excluded seeds whose pair isn't in the comparison, and why
     * @param medianUpdatesToBeatTrivial over the runs that succeeded, where one that never did counts as later than all; null
     *     where that is the median, or nothing has succeeded
     * @param neverBeatTrivial how many of them never did
     * @param secondsPerUpdate mean over the runs, validations left out; null until one has succeeded
     */
    public record CellResult(
            String variant,
            String cell,
            int hiddenSize,
            long weights,
            Map<String, Object> parameters,
            List<SeedResult> seeds,
            MeanInterval result,
            @Nullable PairedComparison comparison,
            List<Excluded> excluded,
            @Nullable Double medianUpdatesToBeatTrivial,
            int neverBeatTrivial,
            @Nullable Double secondsPerUpdate) {}

    /**
     * @param engine that it was trained on, by its fingerprint; null until it has begun
     * @param problem why it has no result, where it has ended without one
     */
    public record SeedResult(
            long seed,
            String job,
            JobStatus status,
            boolean diverged,
            @Nullable String engine,
            @Nullable Double result,
            @Nullable Long updates,
            @Nullable Long updatesToBeatTrivial,
            @Nullable Double secondsPerUpdate,
            @Nullable String problem) {}

    public record Excluded(long seed, String reason) {}
}
