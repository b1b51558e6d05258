package io.tidegate.inference;

import java.util.List;
import java.util.SortedMap;

/** What has been counted of the requests to models' versions since the process started. */
public interface ModelStatistics {

    /** All zeros for a version that nobody has asked yet. */
    OfVersion of(String model, int version);

    /**
     * Of one version.
     *
     * @param lastInference when the last request came, in milliseconds since 1970; 0 for never
     * @param inferences sequences answered: a request with a batch of 3 counts 3
     * @param executions runs of the network, each of one batch
     * @param success requests answered, with the time each took in all
     * @param failure requests refused or failed, with the time each took in all
     * @param queue of answered requests: the time that each waited for its run
     * @param computeInput of answered requests: the time until its input was ready to run
     * @param computeInfer of answered requests: the time in the engine
     * @param computeOutput of answered requests: the time from the engine's end until the answer was there
     * @param batches by the number of sequences in a run
     * @param memory that the version has taken
     */
    record OfVersion(
            long lastInference,
            long inferences,
            long executions,
            Duration success,
            Duration failure,
            Duration queue,
            Duration computeInput,
            Duration computeInfer,
            Duration computeOutput,
            SortedMap<Integer, OfBatch> batches,
            List<Memory> memory) {}

    /** @param nanos in all */
    record Duration(long count, long nanos) {
        public static final Duration NONE = new Duration(0, 0);
    }

    /** Runs of one batch size. */
    record OfBatch(Duration computeInput, Duration computeInfer, Duration computeOutput) {}

    /** @param type such as CPU */
    record Memory(String type, long id, long bytes) {}
}
