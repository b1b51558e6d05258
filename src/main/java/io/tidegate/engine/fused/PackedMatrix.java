package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.COLUMNS;
import static io.tidegate.engine.fused.Lanes.STRIP;
import static io.tidegate.engine.fused.Lanes.UNITS;

import java.lang.foreign.ValueLayout;

/** A weight matrix W, [rows, K], as panels of its rows, each in two strips: [panels][2][K][32]; with weights of 16 bits [panels][K][64]. */
final class PackedMatrix {

    /** Panels that are read at once, if they are. */
    static final int ABREAST = 4;

    /** Rows that may: with more of them a panel's own sums are enough to wait for its lines. */
    static final int FEW = 2;

    private final int[] rows; // the row of W in each column
    private final int k;
    private final boolean half;
    private final long address;
    private final long stride; // bytes of a panel
    private volatile boolean abreast; // whether few rows read four panels at once

    /** @param half whether weights take 16 bits, see {@link HalfProducts} */
    PackedMatrix(OffHeap memory, int[] rows, int k, boolean half) {
        this.rows = rows;
        this.k = k;
        this.half = half;
        this.stride = (long) k * (half ? Lanes.PANEL / 2 : Lanes.PANEL);
        this.address = memory.bytes(stride * panels());
    }

    /** Whether few rows may read so many panels at once. */
    boolean fitAbreast() {
        return Lanes.WIDE && !half && panels() >= ABREAST;
    }

    /** Lets few rows do so, or not; the bits are the same. */
    void setAbreast(boolean abreast) {
        this.abreast = abreast && fitAbreast();
    }

    int panels() {
        return rows.length / COLUMNS;
    }

    int k() {
        return k;
    }

    /** Row {@code n} of the transpose: the columns of panel {@code panel} that belong to input {@code n}, in its first strip. */
    long row(int panel, int n) {
        return address + panel * stride + (long) n * STRIP;
    }

    /** Bytes from a panel's first strip to its second. */
    long strip() {
        return (long) k * STRIP;
    }

    /** @param offset where W begins among the values, row-major */
    void pack(double[] values, int offset) {
        for (int p = 0; p < panels(); p++) {
            long panel = address + p * stride;
            if (half) {
                packHalf(values, offset, p * COLUMNS, panel);
            } else {
                for (int n = 0; n < COLUMNS; n++) {
                    long column = panel + n / (COLUMNS / 2) * strip() + n % (COLUMNS / 2) * 4L;
                    copyRow(values, offset, rows[p * COLUMNS + n], column);
                }
            }
        }
    }

    private void copyRow(double[] values, int offset, int row, long at) {
        if (row >= 0) {
            for (int j = 0; j < k; j++) {
                Lanes.set(at + (long) j * STRIP, (float) values[offset + row * k + j]);
            }
        }
    }

    private void packHalf(double[] values, int offset, int first, long panel) {
        for (int lane = 0; lane < COLUMNS / 2; lane++) {
            int lower = rows[first + lane / UNITS * 2 * UNITS + lane % UNITS];
            int upper = rows[first + lane / UNITS * 2 * UNITS + UNITS + lane % UNITS];
            for (int j = 0; j < k; j++) {
                int both = HalfProducts.packed(value(values, offset, lower, j), value(values, offset, upper, j));
                Lanes.ALL.set(ValueLayout.JAVA_INT_UNALIGNED, panel + (long) j * (Lanes.PANEL / 2) + 4L * lane, both);
            }
        }
    }

    private float value(double[] values, int offset, int row, int j) {
        return row < 0 ? 0 : (float) values[offset + row * k + j];
    }

    /**
     * z += a Wᵀ for panels {@code from … to}.
     *
     * @param a rows of K numbers, {@code ar} bytes apart
     * @param z the first panel's first row; its rows lie close together, its panels {@code zp} bytes apart
     */
    void multiply(int from, int to, int count, long a, long ar, long z, long zp) {
        int p = from;
        for (; count <= FEW && abreast && p + ABREAST <= to; p += ABREAST) {
            StripProducts.fourPanels(address + p * stride, k, count, a, ar, z + (p - from) * zp, zp);
        }
        for (; p < to; p++) {
            long at = z + (p - from) * zp, w = address + p * stride;
            if (half) {
                HalfProducts.panel(w, k, count, a, ar, at, Lanes.PANEL);
            } else {
                StripProducts.panel(w, k, count, a, ar, at);
            }
        }
    }
}
