package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.GATE;
import static io.tidegate.engine.fused.Lanes.UNITS;

import io.tidegate.core.network.ParameterLayout;
import io.tidegate.core.network.Weights;

/** The head in training: the way back through it, and the gradient of its weights. */
final class HeadTraining {

    private final HeadBlocks head;
    private final TransposedMatrix transposed;
    private final long weight; // [blocks][H·directions][16]
    private final long bias; // [blocks][16]

    HeadTraining(OffHeap memory, HeadBlocks head) {
        this.head = head;
        this.transposed = new TransposedMatrix(memory, Columns.outputs(head.outputs()), head.size(), UNITS);
        this.weight = memory.bytes((long) head.blocks() * head.size() * GATE);
        this.bias = memory.bytes((long) head.blocks() * GATE);
    }

    void pack(Weights weights) {
        transposed.pack(weights.values(), weights.layout().tensor("head.weight").offset());
    }

    void clear() {
        Lanes.clear(weight, (long) head.blocks() * head.size() * GATE);
        Lanes.clear(bias, (long) head.blocks() * GATE);
    }

    /** dh += dLogits W. */
    void backward(int count, long dLogits, long stride, long dh, long dhRow) {
        transposed.multiply(count, dLogits, stride, dh, dhRow);
    }

    /** Adds rows' part, in their order. */
    void addGradient(int count, long dLogits, long stride, long h, long hRow) {
        int together = 128;
        for (int block = 0; block < head.blocks(); block++) {
            long d = dLogits + block * stride;
            for (int from = 0; from < count; from += together) {
                int some = Math.min(together, count - from);
                Products.block(
                        d + (long) from * GATE,
                        some,
                        head.size(),
                        h + from * hRow,
                        Float.BYTES,
                        hRow,
                        weight + (long) block * head.size() * GATE,
                        GATE);
            }
            BackwardGates.addSum(bias + (long) block * GATE, d, GATE, count);
        }
    }

    void unpack(double[] gradient, ParameterLayout layout) {
        int w = layout.tensor("head.weight").offset(),
                b = layout.tensor("head.bias").offset();
        for (int n = 0; n < head.outputs(); n++) {
            gradient[b + n] = Lanes.get(bias + 4L * n);
            for (int j = 0; j < head.size(); j++) {
                long row = weight + ((long) n / UNITS * head.size() + j) * GATE;
                gradient[w + n * head.size() + j] = Lanes.get(row + 4L * (n % UNITS));
            }
        }
    }
}
