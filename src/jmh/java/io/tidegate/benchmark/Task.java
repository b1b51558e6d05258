package io.tidegate.benchmark;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.network.Initialization;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import io.tidegate.core.train.Seeds;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What every system trains, from the same weights on the same batch: one layer, a linear head and a label at every step. A
 * label at the last step alone would leave gradients that fade into denormal numbers, which some processors compute a
 * hundred times slower: then it is these that are measured.
 *
 * @param features standard normal, [batch, steps, features]
 * @param labels [batch, steps]
 */
record Task(Size size, NetworkConfig config, Weights initial, float[] features, int[] labels) {

    static final double LEARNING_RATE = 1e-3;
    /** Every update of a fresh network on {@link Size#CHECK} is clipped by it. */
    static final double CLIP_NORM = 0.1;

    static Task of(Size size, CellType cell) {
        NetworkConfig config = new NetworkConfig(
                new InputConfig.Features(size.features),
                List.of(new LayerConfig(cell, size.hidden, false)),
                size.classes);
        RandomGenerator random = Seeds.generator(1, "benchmark", 0);
        float[] features = new float[size.stepsPerUpdate() * size.features];
        for (int k = 0; k < features.length; k++) {
            features[k] = (float) random.nextGaussian();
        }
        int[] labels = random.ints(size.stepsPerUpdate(), 0, size.classes).toArray();
        return new Task(size, config, Initialization.STANDARD.weights(config, random), features, labels);
    }

    Batch batch() {
        return Batch.uniform(new Batch.Input.Features(features, size.features), size.batch);
    }
}
