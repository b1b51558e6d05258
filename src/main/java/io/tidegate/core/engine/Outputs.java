package io.tidegate.core.engine;

/**
 * What a run gave, or the gradient of a loss with respect to it. What wasn't wanted is empty.
 *
 * @param logits [sequences, K]
 * @param stepLogits [total steps, K]
 * @param hidden [total steps, H·directions]
 */
public record Outputs(float[] logits, float[] stepLogits, float[] hidden) {

    private static final float[] NONE = {};

    public static Outputs ofLogits(float[] logits) {
        return new Outputs(logits, NONE, NONE);
    }

    public static Outputs ofStepLogits(float[] stepLogits) {
        return new Outputs(NONE, stepLogits, NONE);
    }
}
