package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.COLUMNS;

/**
 * A weight matrix as back-propagation reads it: [⌈K/64⌉][columns][64], for sums over the columns of its panels or blocks in their
 * order.
 */
final class TransposedMatrix {

    private final int[] rows; // the row of W in each column
    private final int k;
    private final int width; // columns of a panel, or of a block
    private final long address;
    private final long stride; // bytes of an output panel

    TransposedMatrix(OffHeap memory, int[] rows, int k, int width) {
        this.rows = rows;
        this.k = k;
        this.width = width;
        this.stride = (long) rows.length * Lanes.PANEL;
        this.address = memory.bytes(Columns.wide(k) * stride);
    }

    /** @param offset where W begins among the values, row-major */
    void pack(double[] values, int offset) {
        for (int n = 0; n < rows.length; n++) {
            if (rows[n] >= 0) {
                int from = offset + rows[n] * k;
                for (int j = 0; j < k; j++) {
                    long at = address + j / COLUMNS * stride + (long) n * Lanes.PANEL + 4L * (j % COLUMNS);
                    Lanes.set(at, (float) values[from + j]);
                }
            }
        }
    }

    /** Numbers that a row of the result must have room for: whole panels of K. */
    int outputs() {
        return Columns.wide(k) * COLUMNS;
    }

    /**
     * x += d W.
     *
     * @param d [panels or blocks][…, width], {@code stride} bytes apart
     * @param x rows of {@link #outputs} numbers, {@code xr} bytes apart
     */
    void multiply(int count, long d, long dStride, long x, long xr) {
        for (int q = 0; q < Columns.wide(k); q++) {
            for (int p = 0; p < rows.length / width; p++) {
                long w = address + q * stride + (long) p * width * Lanes.PANEL;
                Products.panel(
                        w, width, count, d + p * dStride, 4L * width, Float.BYTES, x + (long) q * Lanes.PANEL, xr);
            }
        }
    }
}
