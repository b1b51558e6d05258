package io.tidegate.training.recipe;

import io.tidegate.core.caption.CaptionConfig;
import io.tidegate.core.engine.ActivationCheckpointing;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.ParameterLayout;

/**
 * What a training needs.
 *
 * @param parameters number of weights
 * @param updates of all epochs
 * @param memoryBytes at most, beside the data
 */
public record Estimate(long parameters, long updates, long memoryBytes) {

    /** Copies of the weights that a training holds: the network's own, best, gradient shards, moments, a checkpoint's. */
    private static final int WEIGHT_COPIES = 20;

    /** Numbers that a backward pass keeps for each unit and step: gates, cells, their inputs and gradients. */
    private static final int KEPT_PER_UNIT = 16;

    private static final int CAPTIONS_AT_ONCE = 8;

    /**
     * A captioner's, of which each thread that has a part of a batch keeps one caption's pass.
     *
     * @param words of a caption, at most
     */
    public static Estimate of(CaptionConfig config, long updates, long words) {
        long parameters = config.layout().size();
        long units = config.layers().stream().mapToLong(LayerConfig::outputSize).sum();
        long perWord = units * KEPT_PER_UNIT
                + 3L * config.tokens()
                + 2L * (config.inputSize(0) + config.attentionSize() + config.featureSize());
        long numbers = WEIGHT_COPIES * parameters + CAPTIONS_AT_ONCE * words * perWord;
        return new Estimate(parameters, updates, Math.multiplyExact(numbers, (long) Double.BYTES));
    }

    /** @param steps of the longest sequence */
    static Estimate of(NetworkConfig config, long updates, Parameters p, long steps) {
        long parameters = new ParameterLayout(config).size();
        long units = config.layers().stream().mapToLong(LayerConfig::outputSize).sum();
        long read = 3L * config.outputs() + 2L * config.input().layerInputSize();
        long kept = NetworkSettings.activationCheckpointing(p) ? ActivationCheckpointing.window(steps) : steps;
        long perSequence =
                Math.addExact(Math.multiplyExact(steps, read), Math.multiplyExact(kept, units * KEPT_PER_UNIT));
        long numbers = Math.addExact(WEIGHT_COPIES * parameters, Math.multiplyExact(p.whole("batchSize"), perSequence));
        return new Estimate(parameters, updates, Math.multiplyExact(numbers, (long) Double.BYTES));
    }
}
