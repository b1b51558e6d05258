package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.GATE;
import static io.tidegate.engine.fused.Lanes.UNITS;

import io.tidegate.core.network.Weights;

/** The linear head as blocks of 16 outputs: [blocks][H·directions][16]. */
final class HeadBlocks {

    private final int outputs; // K
    private final int size; // H·directions
    private final int blocks;
    private final long weight;
    private final long bias; // [blocks][16]

    HeadBlocks(OffHeap memory, int outputs, int size) {
        this.outputs = outputs;
        this.size = size;
        this.blocks = Math.ceilDiv(outputs, UNITS);
        this.weight = memory.bytes((long) blocks * size * GATE);
        this.bias = memory.bytes((long) blocks * GATE);
    }

    void pack(Weights weights) {
        int w = weights.layout().tensor("head.weight").offset(),
                b = weights.layout().tensor("head.bias").offset();
        for (int n = 0; n < outputs; n++) {
            Lanes.set(bias + 4L * n, (float) weights.values()[b + n]);
            for (int j = 0; j < size; j++) {
                Lanes.set(block(n / UNITS) + (long) j * GATE + 4L * (n % UNITS), (float)
                        weights.values()[w + n * size + j]);
            }
        }
    }

    int outputs() {
        return outputs;
    }

    int size() {
        return size;
    }

    int blocks() {
        return blocks;
    }

    private long block(int block) {
        return weight + (long) block * size * GATE;
    }

    /**
     * logits = W h + b.
     *
     * @param h rows of H·directions numbers, {@code hr} bytes apart
     * @param logits [blocks][..., 16], blocks {@code stride} bytes apart
     */
    void multiply(int count, long h, long hr, long logits, long stride) {
        for (int block = 0; block < blocks(); block++) {
            long at = logits + block * stride;
            for (int r = 0; r < count; r++) {
                Lanes.copy(bias + (long) block * GATE, at + (long) r * GATE, GATE);
            }
            Products.block(block(block), size, count, h, hr, Float.BYTES, at, GATE);
        }
    }

    /** Takes one row out of the blocks. */
    void read(long logits, long stride, int row, float[] into, int at) {
        for (int block = 0; block < blocks(); block++) {
            int count = Math.min(UNITS, outputs - block * UNITS);
            Lanes.copy(logits + block * stride + (long) row * GATE, into, at + block * UNITS, count);
        }
    }

    /** The way back from {@link #read}. */
    void write(float[] from, int at, long logits, long stride, int row) {
        for (int block = 0; block < blocks(); block++) {
            int count = Math.min(UNITS, outputs - block * UNITS);
            Lanes.copy(from, at + block * UNITS, logits + block * stride + (long) row * GATE, count);
        }
    }
}
