package io.tidegate.core.engine;

import io.tidegate.core.network.NetworkConfig;
import java.util.Set;

/**
 * What a run gave, or the gradient of a loss with respect to it. What wasn't wanted is empty.
 *
 * @param logits [sequences, K]
 * @param stepLogits [total steps, K]
 * @param hidden [total steps, H·directions]
 */
public record Outputs(float[] logits, float[] stepLogits, float[] hidden) {

    private static final float[] NONE = {};

    /** Room for what is wanted of a batch. */
    public static Outputs zeros(NetworkConfig config, Batch batch, Set<Output> wanted) {
        int K = config.outputs(), top = config.topLayer().outputSize(), steps = batch.totalSteps();
        return new Outputs(
                wanted.contains(Output.LOGITS) ? new float[batch.sequences() * K] : NONE,
                wanted.contains(Output.STEP_LOGITS) ? new float[Math.multiplyExact(steps, K)] : NONE,
                wanted.contains(Output.HIDDEN) ? new float[Math.multiplyExact(steps, top)] : NONE);
    }

    public static Outputs ofLogits(float[] logits) {
        return new Outputs(logits, NONE, NONE);
    }

    public static Outputs ofStepLogits(float[] stepLogits) {
        return new Outputs(NONE, stepLogits, NONE);
    }
}
