package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.GATE;
import static io.tidegate.engine.fused.Lanes.PANEL;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Schedule;
import io.tidegate.core.engine.States;

/**
 * One direction of one layer at work on a batch: its states, and a step of its cell. h and c lie in rows, one a sequence, from long
 * to short; what a step writes isn't what it reads, and the final state of a sequence of n steps stays in the buffer that step
 * n − 1 wrote.
 *
 * <p>The sums of a step: z holds the input's part W_x x + b when a step begins, and W_h h' is added to it in ascending order of h's
 * units.
 */
final class DirectionRun {

    private final DirectionPanels w;
    private final int row; // bytes of a row of h and c
    private final long[] h = new long[2], c = new long[2]; // [sequences][row]
    private final Scratch scratch;

    /** What directions use one after the other: pre-activations, and what the cell adds to them. */
    static final class Scratch {
        private final long z; // [panels][zRows][64]
        private final long inputMemory; // [panels/2][sequences][i f i f]
        private final long outputMemory; // [panels/4][sequences][64]
        private final long zPanel, memoryPanel; // bytes

        Scratch(OffHeap memory, int panels, int zRows, int sequences, boolean full) {
            this.z = memory.bytes((long) panels * zRows * PANEL);
            this.inputMemory = full ? memory.bytes(Math.ceilDiv(panels, 2) * (long) sequences * PANEL) : 0;
            this.outputMemory = full ? memory.bytes(Math.ceilDiv(panels, 4) * (long) sequences * PANEL) : 0;
            this.zPanel = (long) zRows * PANEL;
            this.memoryPanel = (long) sequences * PANEL;
        }
    }

    DirectionRun(OffHeap memory, DirectionPanels w, int sequences, Scratch scratch) {
        this.w = w;
        this.scratch = scratch;
        this.row = rowBytes(w.hiddenSize());
        for (int n = 0; n < 2; n++) {
            h[n] = memory.bytes((long) sequences * row);
            c[n] = memory.bytes((long) sequences * row);
        }
    }

    /** Whole panels of 64 units, and a line more, so that rows don't fall onto each other in the cache. */
    static int rowBytes(int hiddenSize) {
        return Columns.wide(hiddenSize) * PANEL + GATE;
    }

    int row() {
        return row;
    }

    int hiddenSize() {
        return w.hiddenSize();
    }

    /** The units that a part computes, from … */
    int firstUnit(Part part) {
        return Math.min(w.hiddenSize(), part.from(w.panels()) * Lanes.UNITS);
    }

    /** … to. */
    int lastUnit(Part part) {
        return Math.min(w.hiddenSize(), part.to(w.panels()) * Lanes.UNITS);
    }

    /**
     * Takes a batch's states up.
     *
     * @param at where this direction's h begins in a row of states
     */
    void begin(Schedule schedule, States states, int at) {
        int H = w.hiddenSize();
        for (int s = 0; s < schedule.sequences(); s++) {
            states.read(schedule.sequence(s), at, H, Lanes.ALL, h[0] + (long) s * row);
            states.read(schedule.sequence(s), at + H, H, Lanes.ALL, c[0] + (long) s * row);
        }
    }

    /** Gives the states after the batch's last steps. */
    void end(Schedule schedule, States states, int at) {
        int H = w.hiddenSize();
        for (int s = 0; s < schedule.sequences(); s++) {
            int last = schedule.length(s) & 1;
            states.write(schedule.sequence(s), at, H, Lanes.ALL, h[last] + (long) s * row);
            states.write(schedule.sequence(s), at + H, H, Lanes.ALL, c[last] + (long) s * row);
        }
    }

    /** h after step {@code t}. */
    long hidden(int t) {
        return h[t + 1 & 1];
    }

    /** h after the last of {@code steps} steps of the s-th longest sequence. */
    long finalHidden(int s, int steps) {
        return h[steps & 1] + (long) s * row;
    }

    /** The input's part, of dense rows: z = b + W_x x. */
    void project(Part part, int rows, long x, long xr) {
        for (int p = part.from(w.panels()); p < part.to(w.panels()); p++) {
            long z = scratch.z + p * scratch.zPanel;
            ForwardGates.fill(z, w.bias(p), rows);
            w.input().multiply(p, p + 1, rows, x, xr, z, scratch.zPanel);
        }
    }

    /** The input's part, of one-hot rows: z = b and the token's weights. */
    void project(Part part, int rows, int[] tokens, int first) {
        for (int p = part.from(w.panels()); p < part.to(w.panels()); p++) {
            long z = scratch.z + p * scratch.zPanel;
            for (int r = 0; r < rows; r++) {
                ForwardGates.gather(z + (long) r * PANEL, w.bias(p), w.input().row(p, tokens[first + r]));
            }
        }
    }

    /**
     * One step of the cell, for the first {@code rows} sequences.
     *
     * @param zRow the row of z where it begins
     */
    void step(Part part, int t, int rows, int zRow) {
        int from = part.from(w.panels()), to = part.to(w.panels());
        long z = scratch.z + (long) zRow * PANEL;
        switch (w.cell()) {
            case LSTM, PEEPHOLE -> stepOfOwnCells(part, t, rows, from, to, z);
            case WM, PEEPHOLE_FULL -> stepWithMemory(part, t, rows, from, to, z);
        }
        part.arrive();
    }

    private void stepOfOwnCells(Part part, int t, int rows, int from, int to, long z) {
        long hBefore = h[t & 1], hAfter = h[t + 1 & 1], cBefore = c[t & 1], cAfter = c[t + 1 & 1];
        boolean diagonal = w.cell() == CellType.PEEPHOLE;
        part.await(); // for the others' h of the step before
        for (int n = from; n < to; n += 2) {
            int p = zigzag(t, n, from, to), end = Math.min(p + 2, to);
            long at = z + p * scratch.zPanel;
            w.recurrent().multiply(p, end, rows, hBefore, row, at, scratch.zPanel);
            for (; p < end; p++, at += scratch.zPanel) {
                long units = (long) p * GATE;
                if (diagonal) {
                    ForwardGates.addScaled(at, PANEL, w.peephole(0) + units, cBefore + units, row, rows);
                    ForwardGates.addScaled(at + GATE, PANEL, w.peephole(1) + units, cBefore + units, row, rows);
                }
                newCell(at, cBefore + units, cAfter + units, rows);
                if (diagonal) {
                    ForwardGates.addScaled(at + 3 * GATE, PANEL, w.peephole(2) + units, cAfter + units, row, rows);
                }
                newHidden(at, cAfter + units, hAfter + units, rows);
            }
        }
    }

    private void stepWithMemory(Part part, int t, int rows, int from, int to, long z) {
        long hBefore = h[t & 1], hAfter = h[t + 1 & 1], cBefore = c[t & 1], cAfter = c[t + 1 & 1];
        boolean protects = w.cell() == CellType.WM;
        long memoryPanel = scratch.memoryPanel, used = (long) rows * PANEL;

        for (int n = from / 2; n < Math.ceilDiv(to, 2); n += 2) {
            int q = zigzag(t, n, from / 2, Math.ceilDiv(to, 2)), end = Math.min(q + 2, Math.ceilDiv(to, 2));
            long at = scratch.inputMemory + q * memoryPanel;
            clear(at, q, end, used);
            w.inputMemory().multiply(q, end, rows, cBefore, row, at, memoryPanel);
        }
        part.await(); // for the others' h of the step before
        for (int n = from; n < to; n += 2) {
            int p = zigzag(t, n, from, to), end = Math.min(p + 2, to);
            long at = z + p * scratch.zPanel;
            w.recurrent().multiply(p, end, rows, hBefore, row, at, scratch.zPanel);
            for (; p < end; p++, at += scratch.zPanel) {
                long units = (long) p * GATE;
                long memory = scratch.inputMemory + p / 2 * memoryPanel + p % 2 * 2L * GATE;
                addMemory(protects, at, memory, rows);
                addMemory(protects, at + GATE, memory + GATE, rows);
                newCell(at, cBefore + units, cAfter + units, rows);
            }
        }
        part.arriveAndAwait(); // for the others' c
        for (int n = from / 4; n < Math.ceilDiv(to, 4); n += 2) {
            int q = zigzag(t, n, from / 4, Math.ceilDiv(to, 4)), end = Math.min(q + 2, Math.ceilDiv(to, 4));
            long memory = scratch.outputMemory + q * memoryPanel;
            clear(memory, q, end, used);
            w.outputMemory().multiply(q, end, rows, cAfter, row, memory, memoryPanel);
            for (int p = 4 * q; p < Math.min(4 * end, to); p++) {
                long at = z + p * scratch.zPanel, units = (long) p * GATE;
                addMemory(
                        protects,
                        at + 3 * GATE,
                        scratch.outputMemory + p / 4 * memoryPanel + p % 4 * (long) GATE,
                        rows);
                newHidden(at, cAfter + units, hAfter + units, rows);
            }
        }
    }

    /** Odd steps go through the panels backwards: what the step before left in the cache is used before it is lost. */
    private static int zigzag(int t, int n, int from, int to) {
        return (t & 1) == 0 ? n : from + 2 * ((to - from - 1) / 2 - (n - from) / 2);
    }

    private void clear(long at, int from, int to, long used) {
        for (int q = from; q < to; q++) {
            Lanes.clear(at + (q - from) * scratch.memoryPanel, used);
        }
    }

    /** The gate's pre-activation sees the cell: + tanh(W c), or + W c. */
    private static void addMemory(boolean protects, long z, long memory, int rows) {
        if (protects) {
            ForwardGates.addTanh(z, PANEL, memory, PANEL, rows);
        } else {
            ForwardGates.add(z, PANEL, memory, PANEL, rows);
        }
    }

    /** c = σ(f) c' + σ(i) tanh(g). */
    private void newCell(long z, long before, long after, int rows) {
        ForwardGates.sigmoidTimesTanh(z, PANEL, z + 2 * GATE, PANEL, z, PANEL, rows);
        ForwardGates.cell(z + GATE, z, PANEL, before, after, row, rows);
    }

    /** h = σ(o) tanh(c). */
    private void newHidden(long z, long cell, long hidden, int rows) {
        ForwardGates.sigmoidTimesTanh(z + 3 * GATE, PANEL, cell, row, hidden, row, rows);
    }
}
