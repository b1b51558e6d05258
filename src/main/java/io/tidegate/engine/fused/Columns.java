package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.COLUMNS;
import static io.tidegate.engine.fused.Lanes.UNITS;

/**
 * Which row of a weight matrix stands in which column of its panels or blocks; −1 for padding, whose weights are zero. Padded units
 * stay at zero by themselves: c = ½·0 + ½·tanh 0 and h = ½·tanh 0.
 */
final class Columns {

    private Columns() {}

    /** Panels of 16 units that H units take. */
    static int panels(int hiddenSize) {
        return Math.ceilDiv(hiddenSize, UNITS);
    }

    /** Panels of 64 columns that so many columns take. */
    static int wide(int columns) {
        return Math.ceilDiv(columns, COLUMNS);
    }

    /** Of {@code weight_ih} and {@code weight_hh}: a panel is [i f g o][16 units]. */
    static int[] gates(int hiddenSize) {
        int[] rows = new int[panels(hiddenSize) * COLUMNS];
        for (int n = 0; n < rows.length; n++) {
            int unit = n / COLUMNS * UNITS + n % UNITS, gate = n % COLUMNS / UNITS;
            rows[n] = unit < hiddenSize ? gate * hiddenSize + unit : -1;
        }
        return rows;
    }

    /** Of {@code weight_ch}'s parts for i and f: a panel is [i f] of 16 units, then [i f] of the next 16. */
    static int[] inputMemory(int hiddenSize) {
        int[] rows = new int[Math.ceilDiv(panels(hiddenSize), 2) * COLUMNS];
        for (int n = 0; n < rows.length; n++) {
            int unit = n / (2 * UNITS) * UNITS + n % UNITS, gate = n / UNITS % 2;
            rows[n] = unit < hiddenSize ? gate * hiddenSize + unit : -1;
        }
        return rows;
    }

    /** Of {@code weight_ch}'s part for o: a panel is 64 units. */
    static int[] outputMemory(int hiddenSize) {
        int[] rows = new int[wide(hiddenSize) * COLUMNS];
        for (int n = 0; n < rows.length; n++) {
            rows[n] = n < hiddenSize ? 2 * hiddenSize + n : -1;
        }
        return rows;
    }

    /** Of the head: blocks of 16 outputs. */
    static int[] outputs(int outputs) {
        int[] rows = new int[Math.ceilDiv(outputs, UNITS) * UNITS];
        for (int n = 0; n < rows.length; n++) {
            rows[n] = n < outputs ? n : -1;
        }
        return rows;
    }
}
