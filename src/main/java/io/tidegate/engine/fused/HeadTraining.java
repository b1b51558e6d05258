package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.GATE;
import static io.tidegate.engine.fused.Lanes.UNITS;

import io.tidegate.core.network.ParameterLayout;
import io.tidegate.core.network.Weights;

/** The head in training: the way back through it, and the gradient of its weights. */
final class HeadTraining {

    /** Rows whose gradients and inputs stay in the cache while all units pass over them. */
    private static final int TOGETHER = 128;

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
        ForwardGates.clear(weight, (long) head.blocks() * head.size() * GATE);
        ForwardGates.clear(bias, (long) head.blocks() * GATE);
    }

    /** dh += dLogits W. */
    void backward(int count, long dLogits, long stride, long dh, long dhRow) {
        transposed.multiply(count, dLogits, stride, dh, dhRow);
    }

    /** Adds rows' part, in their order, for one part's share of the hidden units. */
    void addGradient(Part part, int count, long dLogits, long stride, long h, long hRow) {
        int first = part.firstRow(head.size()), units = part.lastRow(head.size()) - first;
        for (int block = 0; block < head.blocks(); block++) {
            long d = dLogits + block * stride, to = weight + ((long) block * head.size() + first) * GATE;
            for (int from = 0; from < count; from += TOGETHER) {
                int some = Math.min(TOGETHER, count - from);
                long x = h + from * hRow + 4L * first;
                Products.block(d + (long) from * GATE, some, units, x, Float.BYTES, hRow, to, GATE);
            }
            if (part.id() == 0) {
                BackwardGates.addSum(bias + (long) block * GATE, d, GATE, count);
            }
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
