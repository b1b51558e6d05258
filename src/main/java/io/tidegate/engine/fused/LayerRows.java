package io.tidegate.engine.fused;

import org.jspecify.annotations.Nullable;

/**
 * What a layer reads, a row for each step of each sequence, time-major: tokens, or numbers.
 *
 * @param tokens [rows]; null for numbers
 * @param address [rows][…]
 * @param rowBytes from one row to the next
 */
record LayerRows(int @Nullable [] tokens, long address, long rowBytes) {

    static LayerRows of(long address, long rowBytes) {
        return new LayerRows(null, address, rowBytes);
    }

    static LayerRows of(int[] tokens) {
        return new LayerRows(tokens, 0, 0);
    }

    long row(int row) {
        return address + row * rowBytes;
    }
}
