package io.tidegate.engine.nd4j;

import io.tidegate.core.engine.Schedule;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One direction of one layer, run backward over batches; the counterpart of {@link Forward}. */
final class Backward implements AutoCloseable {

    private final DirectionWeights weights;
    private final DirectionWeights gradient;
    private final boolean reverse;
    private final Memory arrays = new Memory();
    private final BlockBuffer dGates; // [rows, 4H]
    private final BlockBuffer factorMemory;
    private final Carried<BackwardStep> withOutput, withoutOutput;
    private Carried<BackwardStep> carried;
    private @Nullable Factors factors;

    /** @param gradient receives, added, ∂L/∂ the weights */
    Backward(DirectionWeights weights, DirectionWeights gradient, boolean reverse, int mostSequences) {
        int H = weights.hiddenSize();
        this.weights = weights;
        this.gradient = gradient;
        this.reverse = reverse;
        this.dGates = new BlockBuffer(4 * H, false);
        this.factorMemory = new BlockBuffer(Factors.memorySize(H), false);
        INDArray states = arrays.floats(2, mostSequences, H),
                memory = arrays.floats(BackwardStep.memorySize(mostSequences, H));
        this.withOutput = new Carried<>(states, n -> new BackwardStep(weights, n, true, memory));
        this.withoutOutput = new Carried<>(states, n -> new BackwardStep(weights, n, false, memory));
        this.carried = withOutput;
    }

    /**
     * @param dFinal ∂L/∂ the final c and h, [2, sequences, H]
     * @param hasOutput whether the loss depends on the outputs, so that {@link #run} gets their gradient
     */
    void begin(float[] dFinal, int sequences, boolean hasOutput) {
        carried = hasOutput ? withOutput : withoutOutput;
        carried.begin(dFinal, sequences);
    }

    /**
     * @param x what all rows read
     * @param tapes of all blocks, in the order in which the forward pass made them
     * @param dOutput ∂L/∂h from above; null where the loss does not depend on the outputs
     * @param dx receives ∂L/∂x, [rows, D + 1], the last column without meaning; null where it isn't wanted
     * @param addToDx whether {@code dx} holds another direction's part
     */
    void run(
            Schedule schedule,
            LayerInput x,
            List<Tape> tapes,
            @Nullable Rows dOutput,
            @Nullable INDArray dx,
            boolean addToDx) {
        for (Tape tape : tapes.reversed()) {
            Schedule.Block block = tape.block();
            int rows = schedule.rows(block), first = schedule.row(block.from());
            INDArray da = dGates.matrix(rows);
            Factors factors = factors(rows);
            factors.compute(tape);
            for (int s = 0; s < block.steps(); s++) {
                int t = reverse ? block.from() + s : block.to() - 1 - s;
                int row = schedule.row(t) - first, n = schedule.active(t);
                BackwardStep step = carried.step(n);
                step.factors().assign(factors.step(row, n));
                if (dOutput != null) {
                    step.fromAbove().assign(dOutput.at(first + row, n));
                }
                step.run();
                dGates.rows().at(row, n).assign(step.dGates());
            }
            new Calls()
                    .product(da.transpose(), tape.slot(ForwardStep.H_BEFORE), gradient.hidden(), 1)
                    .run();
            x.addGradient(da, first, rows, gradient);
            factors.addMemoryGradient(tape, da, gradient);
            if (dx != null) {
                new Calls()
                        .product(da, weights.input(), Memory.rows(dx, first, rows), addToDx ? 1 : 0)
                        .run();
            }
        }
    }

    private Factors factors(int rows) {
        if (factors == null || factors.rows() != rows) {
            factors = new Factors(weights.cell(), rows, weights.hiddenSize(), factorMemory.matrix(rows));
        }
        return factors;
    }

    /** Ends a run. @return ∂L/∂ the initial c and h, [2, sequences, H] */
    float[] end(int sequences) {
        return carried.end(sequences);
    }

    @Override
    public void close() {
        dGates.close();
        factorMemory.close();
        arrays.close();
    }
}
