package io.tidegate.engine.nd4j;

import io.tidegate.core.cell.CellType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One forward step of one direction for n sequences at once: the operations of {@link io.tidegate.core.cell.Cell#step}, laid
 * out once over fixed arrays and run for every step.
 *
 * <p>The products want a sequence's gates side by side, z [n, 4H] in the order o, i, f, g. ND4J's arithmetic is slow on
 * columns, but its activations and copies hardly care. So the first of these that z meets writes into contiguous slots, in an
 * order that lets one operation cover several:
 * <pre>
 *   o  i  f  tanh(c)  g  c'  h'  | what c' or c added to o, i, f (wm) |  c  h
 *      └─┬─┘          └─┬─┘
 *     [i, f]     ⊙    [g, c']     =  the two terms of c
 * </pre>
 * A tape is the first few of these slots. Where none is kept, c and h take the place of c' and h'.
 */
final class ForwardStep implements Step {

    static final int O = 0, I = 1, F = 2, TANH_C = 3, G = 4, C_BEFORE = 5, H_BEFORE = 6, MEMORY = 7;
    private static final int Z = 12, SCRATCH = 16, SIZE = 18; // z takes the room of four slots

    private final DirectionWeights w;
    private final Slots slots;
    private final int c; // the slot that the new c comes to, with h behind it
    private final INDArray z;
    private final INDArray state;
    private final INDArray h;
    private final INDArray tape;
    private final Calls calls = new Calls();

    /** Slots of the tape: all that a backward step reads, c last. The lstm's does not need c. */
    static int tapeSlots(CellType cell) {
        return switch (cell) {
            case LSTM -> MEMORY;
            case PEEPHOLE, PEEPHOLE_FULL -> MEMORY + 1;
            case WM -> MEMORY + 4;
        };
    }

    /** How many numbers n sequences take to work in. */
    static long memorySize(int n, int hiddenSize) {
        return (long) SIZE * n * hiddenSize;
    }

    /** @param memory of {@link #memorySize}, or more */
    ForwardStep(DirectionWeights w, int n, boolean taped, INDArray memory) {
        this.w = w;
        this.slots = new Slots(memory, n, w.hiddenSize());
        this.c = !taped ? C_BEFORE : w.cell() == CellType.WM ? MEMORY + 3 : MEMORY;
        this.z = slots.matrix(Z, 4);
        this.tape = slots.at(0, tapeSlots(w.cell()));
        this.state = slots.at(c, 2);
        this.h = slots.matrix(c + 1);
        if (taped) {
            calls.copy(state, slots.at(C_BEFORE, 2));
        }
        record();
    }

    private void record() {
        calls.product(slots.matrix(H_BEFORE), w.hidden().transpose(), z, 1);
        inputAndForgetGates();
        calls.tanh(gates(3, 1), slots.at(G))
                .multiply(slots.at(I, 2), slots.at(G, 2), slots.at(SCRATCH, 2))
                .sum(slots.at(SCRATCH), slots.at(SCRATCH + 1), slots.at(c))
                .tanh(slots.at(c), slots.at(TANH_C));
        outputGate();
        calls.multiply(slots.at(O), slots.at(TANH_C), slots.at(c + 1));
    }

    /** i and f from z and what c' adds to them; for the lstm, o as well. */
    private void inputAndForgetGates() {
        INDArray both = slots.at(I, 2);
        switch (w.cell()) {
            case LSTM -> calls.sigmoid(gates(O, 3), slots.at(O, 3));
            case PEEPHOLE ->
                calls.copy(gates(O, 3), slots.at(O, 3))
                        .multiply(w.diagonal(I, 2), slots.at(C_BEFORE), slots.at(SCRATCH, 2))
                        .add(slots.at(SCRATCH, 2), both)
                        .sigmoid(both, both);
            case PEEPHOLE_FULL ->
                calls.product(slots.matrix(C_BEFORE), w.memory(I, 2).transpose(), slots.columns(Z, 4, I, 2), 1)
                        .sigmoid(gates(I, 2), both);
            case WM ->
                calls.product(slots.matrix(C_BEFORE), w.memory(I, 2).transpose(), slots.matrix(SCRATCH, 2), 0)
                        .tanh(slots.gates(SCRATCH, 2, 0, 2), slots.at(MEMORY + I, 2))
                        .copy(gates(O, 3), slots.at(O, 3))
                        .add(slots.at(MEMORY + I, 2), both)
                        .sigmoid(both, both);
        }
    }

    /** o from z and what the new c adds to it. */
    private void outputGate() {
        INDArray o = slots.at(O), m = slots.at(MEMORY + O);
        switch (w.cell()) {
            case LSTM -> {}
            case PEEPHOLE ->
                calls.multiply(w.diagonal(O, 1), slots.at(c), slots.at(SCRATCH))
                        .add(slots.at(SCRATCH), o)
                        .sigmoid(o, o);
            case PEEPHOLE_FULL ->
                calls.product(slots.matrix(c), w.memory(O, 1).transpose(), slots.columns(Z, 4, O, 1), 1)
                        .sigmoid(gates(O, 1), o);
            case WM ->
                calls.product(slots.matrix(c), w.memory(O, 1).transpose(), slots.matrix(MEMORY + O), 0)
                        .tanh(m, m)
                        .add(m, o)
                        .sigmoid(o, o);
        }
    }

    /** Some of z's gates, [count, n, H]. */
    private INDArray gates(int gate, int count) {
        return slots.gates(Z, 4, gate, count);
    }

    @Override
    public int sequences() {
        return slots.n();
    }

    /** Takes what the input adds to the gates, [n, 4H], before each run. */
    INDArray z() {
        return z;
    }

    @Override
    public INDArray state() {
        return state;
    }

    /** [n, H]. */
    INDArray h() {
        return h;
    }

    /** [tape slots, n, H]. */
    INDArray tape() {
        return tape;
    }

    @Override
    public void run() {
        calls.run();
    }
}
