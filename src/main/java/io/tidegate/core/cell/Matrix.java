package io.tidegate.core.cell;

/**
 * A weight matrix W, [rows, columns], inside a larger row-major array.
 *
 * <p>W x is summed over the columns in ascending order, whatever the caller: a sequence's result never depends on what it is
 * batched with.
 */
public final class Matrix {

    // Wᵀ is kept beside W so that both products run along memory, where the compiler can vectorise them.
    private final double[] values; // [rows, columns] from offset on
    private final int offset;
    private final double[] transposed; // [columns, rows]
    private final int rows;
    private final int columns;

    public Matrix(double[] values, int offset, int rows, int columns) {
        this.values = values;
        this.offset = offset;
        this.rows = rows;
        this.columns = columns;
        this.transposed = new double[rows * columns];
        for (int r = 0; r < rows; r++) {
            for (int k = 0; k < columns; k++) {
                transposed[k * rows + r] = values[offset + r * columns + k];
            }
        }
    }

    public int rows() {
        return rows;
    }

    public int columns() {
        return columns;
    }

    /** y += W x, with x [columns] and y [rows]. */
    public void addProduct(double[] x, double[] y) {
        for (int k = 0; k < columns; k++) {
            addScaled(x[k], transposed, k * rows, y, 0, rows);
        }
    }

    /** y += W x for a one-hot x: one column. */
    public void addColumn(int column, double[] y) {
        addScaled(1, transposed, column * rows, y, 0, rows);
    }

    /** y += Wᵀ d, with d [rows] and y [columns]. */
    public void addTransposedProduct(double[] d, double[] y) {
        for (int r = 0; r < rows; r++) {
            addScaled(d[r], values, offset + r * columns, y, 0, columns);
        }
    }

    /**
     * Adds the matrix's part to a gradient laid out like the weights: G += Σ_t d_t x_tᵀ.
     *
     * @param d what the backward steps left at W's output, [steps][rows]
     * @param x what the forward steps fed into W, [steps][columns]
     */
    public void addGradient(double[][] d, double[][] x, double[] gradient) {
        for (int r = 0; r < rows; r++) {
            for (int t = 0; t < d.length; t++) {
                addScaled(d[t][r], x[t], 0, gradient, offset + r * columns, columns);
            }
        }
    }

    /** {@link #addGradient(double[][], double[][], double[])} for one-hot inputs, given as the index of their one. */
    public void addGradient(double[][] d, int[] x, double[] gradient) {
        for (int t = 0; t < d.length; t++) {
            for (int r = 0; r < rows; r++) {
                gradient[offset + r * columns + x[t]] += d[t][r];
            }
        }
    }

    private static void addScaled(double s, double[] x, int from, double[] y, int to, int size) {
        for (int k = 0; k < size; k++) {
            y[to + k] += s * x[from + k];
        }
    }
}
