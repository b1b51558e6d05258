package io.tidegate.core.cell;

/**
 * What one sequence carries from step to step in one direction of one layer.
 *
 * @param h hidden state, [H]
 * @param c cell state, [H]
 */
public record CellState(double[] h, double[] c) {

    public static CellState zero(int hiddenSize) {
        return new CellState(new double[hiddenSize], new double[hiddenSize]);
    }
}
