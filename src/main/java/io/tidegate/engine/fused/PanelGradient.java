package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.COLUMNS;
import static io.tidegate.engine.fused.Lanes.PANEL;

/**
 * The gradient of a {@link PackedMatrix}, in its layout: G[k] += Σ a[row][k] d[row] over the rows of a whole batch, step by step and
 * in each step from the longest sequence on, whoever computes it.
 */
final class PanelGradient {

    private final int[] rows;
    private final int k;
    private final long address;

    PanelGradient(OffHeap memory, int[] rows, int k) {
        this.rows = rows;
        this.k = k;
        this.address = memory.floats((long) rows.length * k);
    }

    int panels() {
        return rows.length / COLUMNS;
    }

    private long panel(int p) {
        return address + (long) p * k * PANEL;
    }

    /** The row of a panel that belongs to input {@code n}. */
    long row(int p, int n) {
        return panel(p) + (long) n * PANEL;
    }

    void clear(int p) {
        ForwardGates.clear(panel(p), (long) k * PANEL);
    }

    /**
     * Adds some rows' part to a panel.
     *
     * @param d the panel's gradients, [count][64]
     * @param a what went in, rows {@code ar} bytes apart
     */
    void add(int p, int count, long d, long a, long ar) {
        Products.panel(d, count, k, a, Float.BYTES, ar, panel(p), PANEL);
    }

    /** Writes a panel where the matrix's gradient begins among others, row-major. */
    void unpack(int p, double[] gradient, int offset) {
        for (int n = 0; n < COLUMNS; n++) {
            int row = rows[p * COLUMNS + n];
            if (row >= 0) {
                int to = offset + row * k;
                for (int j = 0; j < k; j++) {
                    gradient[to + j] = Lanes.get(panel(p) + (long) j * PANEL + 4L * n);
                }
            }
        }
    }
}
