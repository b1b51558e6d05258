package io.tidegate.core.cell;

/**
 * Where a backward step met the weights; their gradient is the sum over all steps of these, each times what went in.
 *
 * @param da ∂L/∂ the pre-activations of i, f, g, o, [4H]
 * @param dpI ∂L/∂ the cell-to-gate projection of i, before any tanh, [H]
 * @param dpF the same for f, [H]
 * @param dpO the same for o, [H]
 * @param dc ∂L/∂ the new cell state by all ways, the step's own h among them, [H]
 */
public record StepGradient(double[] da, double[] dpI, double[] dpF, double[] dpO, double[] dc) {}
