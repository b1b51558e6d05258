package io.tidegate.training.recipe;

import io.tidegate.core.train.Batches;
import io.tidegate.core.train.Seeds;
import io.tidegate.core.train.TrainingBatch;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Data made up as they are needed; no two epochs have the same.
 *
 * @param purpose keeps training, validation and test apart
 * @param batch makes one batch up
 */
record GeneratedBatches(int perEpoch, long seed, String purpose, Function<RandomGenerator, TrainingBatch> batch)
        implements Batches {

    /** Of one task. */
    record Parts(GeneratedBatches training, GeneratedBatches validation, GeneratedBatches test) {}

    /** Training of {@code sequencesPerEpoch}, and as many as {@code heldOut} sequences to validate and to test. */
    static Parts parts(
            String purpose, Assignment assignment, int heldOut, Function<RandomGenerator, TrainingBatch> batch) {
        Parameters p = assignment.parameters();
        int few = Math.ceilDiv(heldOut, p.whole("batchSize"));
        long seed = assignment.seed();
        return new Parts(
                new GeneratedBatches(perEpoch(p), seed, purpose, batch),
                new GeneratedBatches(few, seed, purpose + "-validation", batch),
                new GeneratedBatches(few, seed, purpose + "-test", batch));
    }

    static int perEpoch(Parameters p) {
        return Math.ceilDiv(p.whole("sequencesPerEpoch"), p.whole("batchSize"));
    }

    @Override
    public Iterable<TrainingBatch> epoch(int epoch) {
        long first = (long) epoch * perEpoch;
        return () -> IntStream.range(0, perEpoch)
                .mapToObj(k -> batch.apply(Seeds.generator(seed, purpose, first + k)))
                .iterator();
    }
}
