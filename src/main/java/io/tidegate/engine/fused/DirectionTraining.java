package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.COLUMNS;
import static io.tidegate.engine.fused.Lanes.GATE;
import static io.tidegate.engine.fused.Lanes.PANEL;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.ParameterLayout;
import io.tidegate.core.network.Weights;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One direction of one layer in training: the transposes that gradients flow back through, the gradients of the weights, and a
 * batch's tape: for each row the activated gates, which become the gradients at their pre-activations, what the cell added to them,
 * h and c.
 */
final class DirectionTraining {

    private final DirectionPanels w;
    private final TransposedMatrix inputT, recurrentT;
    private final @Nullable TransposedMatrix inputMemoryT, outputMemoryT;
    private final PanelGradient input, recurrent;
    private final @Nullable PanelGradient inputMemory, outputMemory;
    private final long bias; // [panels][64]
    private final long peephole; // [3][units]
    private final int stateRow; // bytes

    private int rows;
    private long z; // [panels][rows][64]
    private long zIf; // [panels/2][rows][64], memory of i and f
    private long zO; // [panels/4][rows][64], memory of o
    private long h, c; // [sequences + rows]
    private long dh, dc; // [sequences]

    DirectionTraining(OffHeap memory, DirectionPanels w, int inputSize) {
        this.w = w;
        int H = w.hiddenSize();
        int[] gates = Columns.gates(H);
        boolean full = w.cell().memory() == CellType.Memory.FULL;
        this.inputT = new TransposedMatrix(memory, gates, inputSize, COLUMNS);
        this.recurrentT = new TransposedMatrix(memory, gates, H, COLUMNS);
        this.inputMemoryT = full ? new TransposedMatrix(memory, Columns.inputMemory(H), H, COLUMNS) : null;
        this.outputMemoryT = full ? new TransposedMatrix(memory, Columns.outputMemory(H), H, COLUMNS) : null;
        this.input = new PanelGradient(memory, gates, inputSize);
        this.recurrent = new PanelGradient(memory, gates, H);
        this.inputMemory = full ? new PanelGradient(memory, Columns.inputMemory(H), H) : null;
        this.outputMemory = full ? new PanelGradient(memory, Columns.outputMemory(H), H) : null;
        this.bias = memory.floats(gates.length);
        this.peephole = memory.floats(3L * w.units());
        this.stateRow = DirectionRun.rowBytes(H);
    }

    /** Adds what has to be done to take weights over, in tasks that may run side by side. */
    void packing(Weights weights, List<Runnable> tasks) {
        ParameterLayout layout = weights.layout();
        double[] values = weights.values();
        tasks.add(() ->
                inputT.pack(values, layout.tensor("weight_ih" + w.suffix()).offset()));
        tasks.add(() ->
                recurrentT.pack(values, layout.tensor("weight_hh" + w.suffix()).offset()));
        TransposedMatrix ifMemory = inputMemoryT, oMemory = outputMemoryT;
        if (ifMemory != null && oMemory != null) {
            int ch = layout.tensor("weight_ch" + w.suffix()).offset();
            tasks.add(() -> ifMemory.pack(values, ch));
            tasks.add(() -> oMemory.pack(values, ch));
        }
    }

    int hiddenSize() {
        return w.hiddenSize();
    }

    /** Room for a batch's tape. */
    void allocate(OffHeap memory, int mostRows, int mostSequences) {
        rows = mostRows;
        z = memory.floats((long) w.panels() * COLUMNS * mostRows);
        if (inputMemory != null && outputMemory != null) {
            zIf = memory.floats((long) inputMemory.panels() * COLUMNS * mostRows);
            zO = memory.floats((long) outputMemory.panels() * COLUMNS * mostRows);
        }
        h = memory.bytes((long) (mostSequences + mostRows) * stateRow);
        c = memory.bytes((long) (mostSequences + mostRows) * stateRow);
        dh = memory.bytes((long) mostSequences * stateRow);
        dc = memory.bytes((long) mostSequences * stateRow);
    }

    private long zPanel() {
        return (long) rows * PANEL;
    }

    private long h(int row) {
        return h + (long) row * stateRow;
    }

    private long c(int row) {
        return c + (long) row * stateRow;
    }

    // --- Forward

    /** @param at where this direction's h begins in a row of states */
    void begin(TrainingSchedule schedule, States states, int at) {
        int H = w.hiddenSize();
        for (int s = 0; s < schedule.sequences(); s++) {
            states.read(schedule.schedule().sequence(s), at, H, Lanes.ALL, h(s));
            states.read(schedule.schedule().sequence(s), at + H, H, Lanes.ALL, c(s));
        }
    }

    void end(TrainingSchedule schedule, States states, int at) {
        int H = w.hiddenSize();
        for (int s = 0; s < schedule.sequences(); s++) {
            int last = schedule.sequences()
                    + schedule.schedule().row(schedule.schedule().length(s) - 1)
                    + s;
            states.write(schedule.schedule().sequence(s), at, H, Lanes.ALL, h(last));
            states.write(schedule.schedule().sequence(s), at + H, H, Lanes.ALL, c(last));
        }
    }

    /** h after each of the batch's rows, {@link #stateRow} bytes apart. */
    long hidden(TrainingSchedule schedule) {
        return h(schedule.sequences());
    }

    int stateRow() {
        return stateRow;
    }

    /** A shard's sequences, from their first step to their last. */
    void forward(TrainingSchedule schedule, int shard, LayerRows x) {
        int steps = schedule.schedule().steps(), most = schedule.active(shard, 0);
        int together = Math.max(1, COLUMNS / Math.max(1, most));
        for (int from = 0; from < steps && schedule.active(shard, from) > 0; from += together) {
            int to = Math.min(steps, from + together);
            project(schedule, shard, from, to, x);
            for (int t = from; t < to; t++) {
                int count = schedule.active(shard, t);
                if (count > 0) {
                    step(count, schedule.row(shard, t), schedule.before(shard, t), schedule.after(shard, t));
                }
            }
        }
    }

    private void project(TrainingSchedule schedule, int shard, int from, int to, LayerRows x) {
        for (int p = 0; p < w.panels(); p++) {
            for (int t = from; t < to; t++) {
                int count = schedule.active(shard, t), row = schedule.row(shard, t);
                long at = z + p * zPanel() + (long) row * PANEL;
                if (x.tokens() != null) {
                    for (int r = 0; r < count; r++) {
                        ForwardGates.gather(
                                at + (long) r * PANEL,
                                w.bias(p),
                                w.input().row(p, x.tokens()[row + r]),
                                w.input().strip());
                    }
                } else if (count > 0) {
                    ForwardGates.fill(at, w.bias(p), count);
                    w.input().multiply(p, p + 1, count, x.row(row), x.rowBytes(), at, zPanel());
                }
            }
        }
    }

    private void step(int count, int row, int before, int after) {
        long hBefore = h(before), hAfter = h(after), cBefore = c(before), cAfter = c(after);
        long at = z + (long) row * PANEL;
        boolean full = w.cell().memory() == CellType.Memory.FULL, diagonal = w.cell() == CellType.PEEPHOLE;
        if (full) {
            product(w.inputMemory(), zIf, row, count, cBefore);
        }
        for (int p = 0; p < w.panels(); p++, at += zPanel()) {
            long units = (long) p * GATE;
            w.recurrent().multiply(p, p + 1, count, hBefore, stateRow, at, zPanel());
            if (full) {
                long memory = zIf + p / 2 * zPanel() + (long) row * PANEL + p % 2 * 2L * GATE;
                addMemory(at, memory, count);
                addMemory(at + GATE, memory + GATE, count);
            } else if (diagonal) {
                ForwardGates.addScaled(at, PANEL, w.peephole(0) + units, 0, cBefore + units, stateRow, count);
                ForwardGates.addScaled(at + GATE, PANEL, w.peephole(1) + units, 0, cBefore + units, stateRow, count);
            }
            ForwardGates.sigmoidInPlace(at, PANEL, count);
            ForwardGates.sigmoidInPlace(at + GATE, PANEL, count);
            ForwardGates.tanhInPlace(at + 2 * GATE, PANEL, count);
            ForwardGates.cellOfGates(at, PANEL, cBefore + units, cAfter + units, stateRow, count);
            if (!full) {
                if (diagonal) {
                    ForwardGates.addScaled(
                            at + 3 * GATE, PANEL, w.peephole(2) + units, 0, cAfter + units, stateRow, count);
                }
                ForwardGates.sigmoidInPlace(at + 3 * GATE, PANEL, count);
                ForwardGates.hidden(at + 3 * GATE, PANEL, cAfter + units, hAfter + units, stateRow, count);
            }
        }
        if (full) {
            product(w.outputMemory(), zO, row, count, cAfter);
            at = z + (long) row * PANEL;
            for (int p = 0; p < w.panels(); p++, at += zPanel()) {
                long units = (long) p * GATE, o = at + 3 * GATE;
                addMemory(o, zO + p / 4 * zPanel() + (long) row * PANEL + p % 4 * (long) GATE, count);
                ForwardGates.sigmoidInPlace(o, PANEL, count);
                ForwardGates.hidden(o, PANEL, cAfter + units, hAfter + units, stateRow, count);
            }
        }
    }

    private void product(PackedMatrix matrix, long memory, int row, int count, long cell) {
        for (int q = 0; q < matrix.panels(); q++) {
            ForwardGates.clear(memory + q * zPanel() + (long) row * PANEL, (long) count * PANEL);
        }
        matrix.multiply(0, matrix.panels(), count, cell, stateRow, memory + (long) row * PANEL, zPanel());
    }

    /** + tanh(W c), which is kept, or + W c. */
    private void addMemory(long gate, long memory, int count) {
        if (w.cell() == CellType.WM) {
            ForwardGates.addTanhInPlace(gate, PANEL, memory, PANEL, count);
        } else {
            ForwardGates.add(gate, PANEL, memory, PANEL, count);
        }
    }

    // --- Backward

    /** @param dStates ∂L/∂ the final states, [sequences, size]; empty for zeros */
    void beginBackward(TrainingSchedule schedule, float[] dStates, int size, int at) {
        ForwardGates.clear(dh, (long) schedule.sequences() * stateRow);
        ForwardGates.clear(dc, (long) schedule.sequences() * stateRow);
        int H = w.hiddenSize();
        for (int s = 0; s < schedule.sequences() && dStates.length > 0; s++) {
            int from = schedule.schedule().sequence(s) * size + at;
            Lanes.copy(dStates, from, dh + (long) s * stateRow, H);
            Lanes.copy(dStates, from + H, dc + (long) s * stateRow, H);
        }
    }

    /** ∂L/∂ the initial states. */
    void endBackward(TrainingSchedule schedule, float[] dStates, int size, int at) {
        int H = w.hiddenSize();
        for (int s = 0; s < schedule.sequences(); s++) {
            int to = schedule.schedule().sequence(s) * size + at;
            Lanes.copy(dh + (long) s * stateRow, dStates, to, H);
            Lanes.copy(dc + (long) s * stateRow, dStates, to + H, H);
        }
    }

    /**
     * A shard's sequences, from their last step to their first.
     *
     * @param dy ∂L/∂ this direction's outputs, rows {@code dyRow} bytes apart
     */
    void backward(TrainingSchedule schedule, int shard, long dy, long dyRow) {
        long first = (long) schedule.first(shard) * stateRow;
        for (int t = schedule.schedule().steps() - 1; t >= 0; t--) {
            int count = schedule.active(shard, t), row = schedule.row(shard, t);
            for (int r = 0; r < count; r++) {
                BackwardGates.add(dh + first + (long) r * stateRow, dy + (row + r) * dyRow, w.hiddenSize());
            }
            if (count > 0) {
                stepBackward(count, row, schedule.before(shard, t), schedule.after(shard, t), dh + first, dc + first);
            }
        }
    }

    private void stepBackward(int count, int row, int before, int after, long dHidden, long dCell) {
        long at = z + (long) row * PANEL, cBefore = c(before), cAfter = c(after);
        boolean diagonal = w.cell() == CellType.PEEPHOLE;
        for (int p = 0; p < w.panels(); p++) {
            long gates = at + p * zPanel(), units = (long) p * GATE;
            BackwardGates.output(gates, PANEL, cAfter + units, dHidden + units, dCell + units, stateRow, count);
            if (diagonal) {
                BackwardGates.addScaled(dCell + units, stateRow, w.peephole(2) + units, gates + 3 * GATE, PANEL, count);
            }
        }
        if (outputMemoryT != null) {
            for (int p = 0; p < w.panels(); p++) {
                long memory = zO + p / 4 * zPanel() + (long) row * PANEL + p % 4 * (long) GATE;
                throughMemory(at + p * zPanel() + 3 * GATE, memory, count);
            }
            outputMemoryT.multiply(count, zO + (long) row * PANEL, zPanel(), dCell, stateRow);
        }
        for (int p = 0; p < w.panels(); p++) {
            long gates = at + p * zPanel(), units = (long) p * GATE;
            BackwardGates.inputs(gates, PANEL, cBefore + units, dCell + units, stateRow, count);
            if (diagonal) {
                BackwardGates.addScaled(dCell + units, stateRow, w.peephole(0) + units, gates, PANEL, count);
                BackwardGates.addScaled(dCell + units, stateRow, w.peephole(1) + units, gates + GATE, PANEL, count);
            }
        }
        if (inputMemoryT != null) {
            for (int p = 0; p < w.panels(); p++) {
                long memory = zIf + p / 2 * zPanel() + (long) row * PANEL + p % 2 * 2L * GATE;
                throughMemory(at + p * zPanel(), memory, count);
                throughMemory(at + p * zPanel() + GATE, memory + GATE, count);
            }
            inputMemoryT.multiply(count, zIf + (long) row * PANEL, zPanel(), dCell, stateRow);
        }
        ForwardGates.clear(dHidden, (long) count * stateRow);
        recurrentT.multiply(count, at, zPanel(), dHidden, stateRow);
    }

    private void throughMemory(long gate, long memory, int count) {
        if (w.cell() == CellType.WM) {
            BackwardGates.throughTanh(gate, PANEL, memory, PANEL, count);
        } else {
            BackwardGates.copied(gate, PANEL, memory, PANEL, count);
        }
    }

    /** Numbers that a row of {@link #inputGradient} takes. */
    int inputGradientSize() {
        return inputT.outputs();
    }

    /** ∂L/∂ the layer's input for rows from … to, added to dx. */
    void inputGradient(int from, int to, long dx, long dxRow) {
        inputT.multiply(to - from, z + (long) from * PANEL, zPanel(), dx + from * dxRow, dxRow);
    }

    // --- The weights' gradient

    /** Adds the rows of a batch to one part's panels of all gradients. */
    void addGradient(TrainingSchedule schedule, List<TrainingSchedule.Run> runs, Part part, LayerRows x) {
        int from = part.from(w.panels()), to = part.to(w.panels());
        for (TrainingSchedule.Run run : runs) {
            for (int p = from; p < to; p++) {
                add(schedule, run, p, x);
            }
        }
    }

    void clearGradient(Part part) {
        int from = part.from(w.panels()), to = part.to(w.panels());
        ForwardGates.clear(bias + (long) from * PANEL, (long) (to - from) * PANEL);
        for (int gate = 0; gate < 3; gate++) {
            ForwardGates.clear(peephole + 4L * gate * w.units() + (long) from * GATE, (long) (to - from) * GATE);
        }
        for (int p = from; p < to; p++) {
            input.clear(p);
            recurrent.clear(p);
            if (inputMemory != null && p % 2 == 0) {
                inputMemory.clear(p / 2);
            }
            if (outputMemory != null && p % 4 == 0) {
                outputMemory.clear(p / 4);
            }
        }
    }

    private void add(TrainingSchedule schedule, TrainingSchedule.Run run, int p, LayerRows x) {
        int row = run.row(), count = run.count(), after = schedule.sequences() + row;
        long d = z + p * zPanel() + (long) row * PANEL, units = (long) p * GATE;
        recurrent.add(p, count, d, h(run.before()), stateRow);
        if (x.tokens() != null) {
            for (int r = 0; r < count; r++) {
                BackwardGates.add(input.row(p, x.tokens()[row + r]), d + (long) r * PANEL, COLUMNS);
            }
        } else {
            input.add(p, count, d, x.row(row), x.rowBytes());
        }
        for (int gate = 0; gate < 4; gate++) {
            BackwardGates.addSum(bias + (long) p * PANEL + (long) gate * GATE, d + (long) gate * GATE, PANEL, count);
        }
        if (inputMemory != null && p % 2 == 0) {
            long memory = zIf + p / 2 * zPanel() + (long) row * PANEL;
            inputMemory.add(p / 2, count, memory, c(run.before()), stateRow);
        }
        if (outputMemory != null && p % 4 == 0) {
            outputMemory.add(p / 4, count, zO + p / 4 * zPanel() + (long) row * PANEL, c(after), stateRow);
        }
        if (w.cell() == CellType.PEEPHOLE) {
            addPeephole(0, d, c(run.before()) + units, units, count);
            addPeephole(1, d + GATE, c(run.before()) + units, units, count);
            addPeephole(2, d + 3 * GATE, c(after) + units, units, count);
        }
    }

    private void addPeephole(int gate, long d, long cell, long units, int count) {
        BackwardGates.addProductSum(peephole + 4L * gate * w.units() + units, d, PANEL, cell, stateRow, count);
    }

    /** One part's way into the gradient of the whole network. */
    void unpackGradient(Part part, ParameterLayout layout, double[] gradient) {
        int from = part.from(w.panels()), to = part.to(w.panels());
        int H = w.hiddenSize();
        int[] gates = Columns.gates(H);
        int b = layout.tensor("bias" + w.suffix()).offset();
        for (int p = from; p < to; p++) {
            input.unpack(p, gradient, layout.tensor("weight_ih" + w.suffix()).offset());
            recurrent.unpack(
                    p, gradient, layout.tensor("weight_hh" + w.suffix()).offset());
            if (inputMemory != null && outputMemory != null) {
                int ch = layout.tensor("weight_ch" + w.suffix()).offset();
                if (p % 2 == 0) {
                    inputMemory.unpack(p / 2, gradient, ch);
                }
                if (p % 4 == 0) {
                    outputMemory.unpack(p / 4, gradient, ch);
                }
            }
            for (int n = p * COLUMNS; n < (p + 1) * COLUMNS; n++) {
                if (gates[n] >= 0) {
                    gradient[b + gates[n]] = Lanes.get(bias + 4L * n);
                }
            }
        }
        if (w.cell() == CellType.PEEPHOLE) {
            int offset = layout.tensor("peephole" + w.suffix()).offset();
            for (int gate = 0; gate < 3; gate++) {
                for (int j = from * Lanes.UNITS; j < Math.min(H, to * Lanes.UNITS); j++) {
                    gradient[offset + gate * H + j] = Lanes.get(peephole + 4L * (gate * w.units() + j));
                }
            }
        }
    }
}
