package io.tidegate.core.engine;

/**
 * The gradient of a loss over a batch.
 *
 * @param weights in the network's parameter layout; the caller's to change, until the network's next gradient, which may take the
 *     same array
 * @param input ∂L/∂x, [total steps, features]; empty for tokens, and may be where the
 *     objective doesn't want it
 * @param initialStates [sequences, state size]
 */
public record Gradients(double[] weights, float[] input, float[] initialStates) {}
