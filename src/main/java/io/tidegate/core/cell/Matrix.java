package io.tidegate.core.cell;

/**
 * A weight matrix W, [rows, columns], inside a larger row-major array.
 *
 * <p>W x is summed over the columns in ascending order, whatever the caller: a sequence's result never depends on what it is
 * batched with.
 */
public final class Matrix {

    // Rows of W and of Wᵀ as arrays of their own: where two arrays run over the same index, the compiler vectorises the
    // loop.
    private final double[][] w; // [rows][columns]
    private final double[][] transposed; // [columns][rows]
    private final int offset;
    private final int rows;
    private final int columns;

    /** @param offset where W begins among {@code values}, and its gradient in a gradient of the same layout */
    public Matrix(double[] values, int offset, int rows, int columns) {
        this.offset = offset;
        this.rows = rows;
        this.columns = columns;
        this.w = new double[rows][columns];
        this.transposed = new double[columns][rows];
        for (int r = 0; r < rows; r++) {
            for (int k = 0; k < columns; k++) {
                w[r][k] = values[offset + r * columns + k];
                transposed[k][r] = w[r][k];
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
        addCombination(x, transposed, y);
    }

    /** y += W x for a one-hot x: one column. */
    public void addColumn(int column, double[] y) {
        addScaled(1, transposed[column], y);
    }

    /** y += Wᵀ d, with d [rows] and y [columns]. */
    public void addTransposedProduct(double[] d, double[] y) {
        addCombination(d, w, y);
    }

    /**
     * Adds the matrix's part to a gradient laid out like the weights: G += Σ_t d_t x_tᵀ.
     *
     * @param d what the backward steps left at W's output, [steps][rows]
     * @param x what the forward steps fed into W, [steps][columns]
     */
    public void addGradient(double[][] d, double[][] x, double[] gradient) {
        double[] row = new double[columns], s = new double[d.length];
        for (int r = 0; r < rows; r++) {
            System.arraycopy(gradient, offset + r * columns, row, 0, columns);
            for (int t = 0; t < d.length; t++) {
                s[t] = d[t][r];
            }
            addCombination(s, x, row);
            System.arraycopy(row, 0, gradient, offset + r * columns, columns);
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

    /** y += Σ_n s_n x_n, in ascending order; four at a time, so that y is read and written a quarter as often. */
    private static void addCombination(double[] s, double[][] x, double[] y) {
        int n = 0;
        for (; n + 4 <= s.length; n += 4) {
            addScaled(s[n], x[n], s[n + 1], x[n + 1], s[n + 2], x[n + 2], s[n + 3], x[n + 3], y);
        }
        for (; n < s.length; n++) {
            addScaled(s[n], x[n], y);
        }
    }

    private static void addScaled(
            double s0,
            double[] x0,
            double s1,
            double[] x1,
            double s2,
            double[] x2,
            double s3,
            double[] x3,
            double[] y) {
        for (int k = 0; k < y.length; k++) {
            y[k] = y[k] + s0 * x0[k] + s1 * x1[k] + s2 * x2[k] + s3 * x3[k];
        }
    }

    /** y += s x. */
    private static void addScaled(double s, double[] x, double[] y) {
        for (int k = 0; k < y.length; k++) {
            y[k] += s * x[k];
        }
    }
}
