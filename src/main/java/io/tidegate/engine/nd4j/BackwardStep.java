package io.tidegate.engine.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One backward step of one direction for n sequences at once: the operations of
 * {@link io.tidegate.core.cell.Cell#stepBackward}, laid out once over fixed arrays and run for every step.
 *
 * <p>Whatever depends on the forward pass alone comes in as {@link Factors}, so that a step is left with
 * <pre>
 *   dh                      = from above + from the next step
 *   [to cell, da_o]         = dh ⊙ factors [o (1 − tanh² c), tanh(c) o (1 − o)];     dc += to cell
 *   [da_i, da_f, da_g, dc'] = dc ⊙ factors [g i (1 − i), c' f (1 − f), i (1 − g²), f]
 *   dh'                     = [da_o, da_i, da_f, da_g] W_hh
 * </pre>
 * and with what the gates' view of the cell adds to dc and dc'.
 */
final class BackwardStep implements Step {

    // The slots: the factors first, then what a step works out.
    private static final int TO_CELL = Factors.MOST_SLOTS, DA_O = TO_CELL + 1, DA_I = TO_CELL + 2;
    private static final int DC_BEFORE = TO_CELL + 5, DC = TO_CELL + 6, DH_NEXT = TO_CELL + 7, DH = TO_CELL + 8;
    private static final int DA = TO_CELL + 9, SCRATCH = TO_CELL + 13, SIZE = TO_CELL + 15;

    private final DirectionWeights w;
    private final Slots slots;
    private final INDArray factors;
    private final INDArray state;
    private final INDArray fromAbove;
    private final INDArray dGates;
    private final Calls calls = new Calls();

    /** How many numbers n sequences take to work in. */
    static long memorySize(int n, int hiddenSize) {
        return (long) SIZE * n * hiddenSize;
    }

    /**
     * @param hasOutput whether the loss depends on the steps' outputs, so that {@link #fromAbove} is set before each run
     * @param memory of {@link #memorySize}, or more
     */
    BackwardStep(DirectionWeights w, int n, boolean hasOutput, INDArray memory) {
        this.w = w;
        this.slots = new Slots(memory, n, w.hiddenSize());
        this.factors = slots.at(0, Factors.slots(w.cell()));
        this.state = slots.at(DC, 2);
        this.fromAbove = slots.matrix(DH);
        this.dGates = slots.matrix(DA, 4);
        if (hasOutput) {
            calls.add(slots.at(DH_NEXT), slots.at(DH));
        }
        record(slots.at(hasOutput ? DH : DH_NEXT));
    }

    private void record(INDArray dh) {
        calls.multiply(slots.at(Factors.TO_CELL, 2), dh, slots.at(TO_CELL, 2)).add(slots.at(TO_CELL), slots.at(DC));
        outputGateToCell();
        calls.multiply(slots.at(Factors.I, 4), slots.at(DC), slots.at(DA_I, 4));
        inputAndForgetGatesToCell();
        calls.copy(slots.at(DA_O, 4), slots.gates(DA, 4, 0, 4))
                .product(dGates, w.hidden(), slots.matrix(DH_NEXT), 0)
                .copy(slots.at(DC_BEFORE), slots.at(DC));
    }

    /** The output gate saw this very cell. */
    private void outputGateToCell() {
        switch (w.cell()) {
            case LSTM -> {}
            case PEEPHOLE ->
                calls.multiply(w.diagonal(ForwardStep.O, 1), slots.at(DA_O), slots.at(SCRATCH))
                        .add(slots.at(SCRATCH), slots.at(DC));
            case PEEPHOLE_FULL -> calls.product(slots.matrix(DA_O), w.memory(ForwardStep.O, 1), slots.matrix(DC), 1);
            case WM ->
                calls.multiply(slots.at(Factors.MEMORY), slots.at(DA_O), slots.at(SCRATCH))
                        .product(slots.matrix(SCRATCH), w.memory(ForwardStep.O, 1), slots.matrix(DC), 1);
        }
    }

    /** The input and forget gates saw the cell before. */
    private void inputAndForgetGatesToCell() {
        switch (w.cell()) {
            case LSTM -> {}
            case PEEPHOLE ->
                calls.multiply(w.diagonal(ForwardStep.I, 2), slots.at(DA_I, 2), slots.at(SCRATCH, 2))
                        .add(slots.at(SCRATCH), slots.at(DC_BEFORE))
                        .add(slots.at(SCRATCH + 1), slots.at(DC_BEFORE));
            case PEEPHOLE_FULL -> projectionsToCell(DA_I);
            case WM -> {
                int slopes = Factors.MEMORY + ForwardStep.I;
                calls.multiply(slots.at(slopes, 2), slots.at(DA_I, 2), slots.at(SCRATCH, 2));
                projectionsToCell(SCRATCH);
            }
        }
    }

    /** @param slot of ∂L/∂ i's projection of the cell, with f's behind it */
    private void projectionsToCell(int slot) {
        calls.product(slots.matrix(slot), w.memory(ForwardStep.I, 1), slots.matrix(DC_BEFORE), 1)
                .product(slots.matrix(slot + 1), w.memory(ForwardStep.F, 1), slots.matrix(DC_BEFORE), 1);
    }

    @Override
    public int sequences() {
        return slots.n();
    }

    /** Takes the step's factors, [factor slots, n, H], before each run. */
    INDArray factors() {
        return factors;
    }

    /** Takes ∂L/∂h from above, [n, H], before each run. */
    INDArray fromAbove() {
        return fromAbove;
    }

    @Override
    public INDArray state() {
        return state;
    }

    /** ∂L/∂ the pre-activations, [n, 4H] in the order o, i, f, g. */
    INDArray dGates() {
        return dGates;
    }

    @Override
    public void run() {
        calls.run();
    }
}
