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

    @Override
    public Iterable<TrainingBatch> epoch(int epoch) {
        long first = (long) epoch * perEpoch;
        return () -> IntStream.range(0, perEpoch)
                .mapToObj(k -> batch.apply(Seeds.generator(seed, purpose, first + k)))
                .iterator();
    }
}
