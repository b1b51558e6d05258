package io.tidegate.core.engine;

import java.util.Set;

/** A loss, as an engine sees it: what it reads of a batch's outputs, and its gradient there. */
public interface Objective {

    /** The outputs the loss depends on. */
    Set<Output> reads();

    /** ∂L/∂ each output that {@link #reads} names, in its shape; the others empty. */
    Outputs gradient(Outputs outputs);

    /** ∂L/∂ the final states, [sequences, state size]; empty where the loss doesn't depend on them. */
    default float[] finalStatesGradient() {
        return new float[0];
    }

    /** Whether {@link Gradients#input} is wanted; an engine may leave it empty otherwise. */
    default boolean wantsInputGradient() {
        return true;
    }
}
