package io.tidegate.inference;

import java.util.List;

/** What a caller sends, in the model's own units and without padding. */
public sealed interface RequestInput {

    /**
     * Sequences, or images with their regions for steps; an image that is one vector has one.
     *
     * @param values [total steps, size]
     * @param size features per step
     * @param offsets where each sequence begins, and the total number of steps last, [sequences + 1]
     */
    record Features(float[] values, int size, int[] offsets) implements RequestInput {}

    record Texts(List<String> texts) implements RequestInput {}

    /**
     * @param ids positions in the model's vocabulary, [total steps]
     * @param offsets as for features
     */
    record Tokens(int[] ids, int[] offsets) implements RequestInput {}
}
