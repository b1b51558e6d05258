package io.tidegate.engine.nd4j;

import io.tidegate.core.cell.CellType;
import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.same.TimesOneMinus;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The part of the backward steps that depends on the forward pass alone, worked out for all steps of a block at once:
 * <pre>
 *   to cell   o (1 − tanh² c)                           times ∂L/∂h: what passes to c
 *   o         tanh(c) o (1 − o)                         times ∂L/∂h: ∂L/∂ o's pre-activation
 *   i, f, g   g i (1 − i),  c' f (1 − f),  i (1 − g²)   times ∂L/∂c: ∂L/∂ their pre-activations
 *   keep      f                                         times ∂L/∂c: what passes to c'
 *   memory    1 − m², for o, i, f (wm)                  times ∂L/∂ a pre-activation: ∂L/∂ the projection of the cell
 * </pre>
 */
final class Factors {

    static final int TO_CELL = 0, O = 1, I = 2, G = 4, KEEP = 5, MEMORY = 6, MOST_SLOTS = 9;

    private final CellType cell;
    private final int rows;
    private final int H;
    private final INDArray memory; // the slots, [rows, H] each, and two more to work in
    private final Map<Long, INDArray> steps = new HashMap<>();

    static int slots(CellType cell) {
        return cell == CellType.WM ? MOST_SLOTS : MEMORY;
    }

    /** Numbers per row. */
    static int memorySize(int hiddenSize) {
        return (MOST_SLOTS + 2) * hiddenSize;
    }

    /** @param memory {@link #memorySize} times the rows, or more */
    Factors(CellType cell, int rows, int hiddenSize, INDArray memory) {
        this.cell = cell;
        this.rows = rows;
        this.H = hiddenSize;
        this.memory = memory;
    }

    int rows() {
        return rows;
    }

    void compute(Tape tape) {
        Nd4j.exec(new TimesOneMinus(tape.slots(ForwardStep.O, 3), slots(O, 3)));
        slots(O, 3).muli(tape.slots(ForwardStep.TANH_C, 3)); // tanh(c), g and c', as o, i and f lie

        INDArray tanhs = tape.slots(ForwardStep.TANH_C, 2), slopes = slots(MOST_SLOTS, 2);
        tanhs.muli(tanhs, slopes);
        slopes.rsubi(1);
        slots(MOST_SLOTS, 1).muli(tape.slots(ForwardStep.O, 1), slots(TO_CELL, 1));
        slots(MOST_SLOTS + 1, 1).muli(tape.slots(ForwardStep.I, 1), slots(G, 1));
        slots(KEEP, 1).assign(tape.slots(ForwardStep.F, 1));

        if (cell == CellType.WM) {
            INDArray m = tape.slots(ForwardStep.MEMORY, 3), slope = slots(MEMORY, 3);
            m.muli(m, slope);
            slope.rsubi(1);
        }
    }

    /** The factors of one step, [slots, n, H]. */
    INDArray step(int row, int n) {
        return steps.computeIfAbsent(
                (long) row << 32 | n,
                key -> Memory.view(
                        memory, (long) row * H, new long[] {slots(cell), n, H}, new long[] {(long) rows * H, H, 1}));
    }

    /**
     * Adds the cell-to-gate weights' part to the gradient, once the block's steps are done. The factors are lost.
     *
     * @param dGates ∂L/∂ the pre-activations, [rows, 4H]
     */
    void addMemoryGradient(Tape tape, INDArray dGates, DirectionWeights gradient) {
        if (cell == CellType.LSTM) {
            return;
        }
        INDArray dp = slots(0, 3); // ∂L/∂ the projections of the cell, before any tanh
        dp.assign(Memory.view(dGates, 0, new long[] {3, rows, H}, new long[] {H, 4L * H, 1}));
        if (cell == CellType.WM) {
            dp.muli(slots(MEMORY, 3));
        }
        INDArray c = tape.slot(ForwardStep.tapeSlots(cell) - 1), before = tape.slot(ForwardStep.C_BEFORE);
        for (int gate = ForwardStep.O; gate <= ForwardStep.F; gate++) {
            INDArray seen = gate == ForwardStep.O ? c : before;
            INDArray dpGate = Memory.part(memory, (long) gate * rows * H, rows, H);
            if (cell.memory() == CellType.Memory.DIAGONAL) {
                dpGate.muli(seen);
                gradient.diagonal(gate, 1).addi(dpGate.sum(0).reshape(1, 1, H));
            } else {
                new Calls()
                        .product(dpGate.transpose(), seen, gradient.memory(gate, 1), 1)
                        .run();
            }
        }
    }

    /** Some slots, [count, rows, H]. */
    private INDArray slots(int slot, int count) {
        return Memory.part(memory, (long) slot * rows * H, count, rows, H);
    }
}
