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

    /** Up to so many rows, a gate's arithmetic is shorter than the wait for it, and panels may be read side by side. */
    private static final int FEW = PackedMatrix.FEW;

    private final DirectionPanels w;
    private final int row; // bytes of a row of h and c
    private final long[] h = new long[2], c = new long[2]; // [sequences][row]
    private final Scratch scratch;

    /** What directions use one after the other: pre-activations, and what the cell adds to them. */
    static final class Scratch {
        private final long z; // [panels][zRows][64]
        private final long inputMemory; // [panels/2][sequences][i f i f]
        private final long outputMemory; // [panels/4][sequences][64]
        private final long zPanel; // bytes
        private long memoryPanel; // bytes, of the batch at hand

        Scratch(OffHeap memory, int panels, int zRows, int sequences, boolean full) {
            this.z = memory.bytes((long) panels * zRows * PANEL);
            this.inputMemory = full ? memory.bytes(Math.ceilDiv(panels, 2) * (long) sequences * PANEL) : 0;
            this.outputMemory = full ? memory.bytes(Math.ceilDiv(panels, 4) * (long) sequences * PANEL) : 0;
            this.zPanel = (long) zRows * PANEL;
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
        scratch.memoryPanel = (long) schedule.sequences() * PANEL;
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
                ForwardGates.gather(
                        z + (long) r * PANEL,
                        w.bias(p),
                        w.input().row(p, tokens[first + r]),
                        w.input().strip());
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
        long hBefore = h[t & 1];
        part.await(); // for the others' h of the step before
        boolean across = rows <= FEW;
        int together = together(rows);
        for (int n = from; n < to; n += together) {
            int p = zigzag(t, n, from, to, together), end = Math.min(p + together, to);
            w.recurrent().multiply(p, end, rows, hBefore, row, z + p * scratch.zPanel, scratch.zPanel);
            if (!across) {
                ownGates(t, z + p * scratch.zPanel, PANEL, p, 0, row, rows);
            }
        }
        for (int r = 0; across && r < rows; r++) {
            ownGates(
                    t,
                    z + from * scratch.zPanel + (long) r * PANEL,
                    scratch.zPanel,
                    from,
                    (long) r * row,
                    GATE,
                    to - from);
        }
    }

    /**
     * The gates of the rows of a panel, or, so that one doesn't wait for the other, of one row of many panels.
     *
     * @param zr bytes from one to the next, in z
     * @param p the first panel
     * @param first where the first row begins among the states
     * @param cr bytes from one to the next, among the states
     */
    private void ownGates(int t, long z, long zr, int p, long first, long cr, int count) {
        long units = first + (long) p * GATE;
        long before = c[t & 1] + units, after = c[t + 1 & 1] + units, hAfter = h[t + 1 & 1] + units;
        boolean diagonal = w.cell() == CellType.PEEPHOLE;
        long pr = zr == PANEL ? 0 : GATE;
        if (diagonal) {
            ForwardGates.addScaled(z, zr, w.peephole(0) + (long) p * GATE, pr, before, cr, count);
            ForwardGates.addScaled(z + GATE, zr, w.peephole(1) + (long) p * GATE, pr, before, cr, count);
        }
        newCell(z, zr, before, after, cr, count);
        if (diagonal) {
            ForwardGates.addScaled(z + 3 * GATE, zr, w.peephole(2) + (long) p * GATE, pr, after, cr, count);
        }
        newHidden(z, zr, after, hAfter, cr, count);
    }

    private void stepWithMemory(Part part, int t, int rows, int from, int to, long z) {
        long zPanel = scratch.zPanel, memoryPanel = scratch.memoryPanel;
        long cBefore = c[t & 1], cAfter = c[t + 1 & 1];
        boolean across = rows == 1 && memoryPanel == PANEL;

        int halves = Math.ceilDiv(to, 2), quarters = Math.ceilDiv(to, 4);
        product(w.inputMemory(), t, rows, from / 2, halves, cBefore, scratch.inputMemory);
        part.await(); // for the others' h of the step before
        int together = together(rows);
        for (int n = from; n < to; n += together) {
            int first = zigzag(t, n, from, to, together), end = Math.min(first + together, to);
            w.recurrent().multiply(first, end, rows, h[t & 1], row, z + first * zPanel, zPanel);
            for (int p = first; !across && p < end; p++) {
                long memory = scratch.inputMemory + p / 2 * memoryPanel + p % 2 * 2L * GATE;
                cellWithMemory(t, z + p * zPanel, PANEL, memory, PANEL, p, row, rows);
            }
        }
        if (across) {
            long memory = scratch.inputMemory + from * 2L * GATE;
            cellWithMemory(t, z + from * zPanel, zPanel, memory, 2L * GATE, from, GATE, to - from);
        }
        part.arriveAndAwait(); // for the others' c
        product(w.outputMemory(), t, rows, from / 4, quarters, cAfter, scratch.outputMemory);
        for (int p = from; !across && p < to; p++) {
            long memory = scratch.outputMemory + p / 4 * memoryPanel + p % 4 * (long) GATE;
            hiddenWithMemory(t, z + p * zPanel, PANEL, memory, PANEL, p, row, rows);
        }
        if (across) {
            long memory = scratch.outputMemory + from * (long) GATE;
            hiddenWithMemory(t, z + from * zPanel, zPanel, memory, GATE, from, GATE, to - from);
        }
    }

    private void product(PackedMatrix matrix, int t, int rows, int from, int to, long cell, long into) {
        int together = together(rows);
        for (int n = from; n < to; n += together) {
            int first = zigzag(t, n, from, to, together), end = Math.min(first + together, to);
            for (int q = first; q < end; q++) {
                ForwardGates.clear(into + q * scratch.memoryPanel, (long) rows * PANEL);
            }
            matrix.multiply(first, end, rows, cell, row, into + first * scratch.memoryPanel, scratch.memoryPanel);
        }
    }

    private void cellWithMemory(int t, long z, long zr, long memory, long mr, int p, long cr, int count) {
        long units = (long) p * GATE;
        addMemory(z, zr, memory, mr, count);
        addMemory(z + GATE, zr, memory + GATE, mr, count);
        newCell(z, zr, c[t & 1] + units, c[t + 1 & 1] + units, cr, count);
    }

    private void hiddenWithMemory(int t, long z, long zr, long memory, long mr, int p, long cr, int count) {
        long units = (long) p * GATE;
        addMemory(z + 3 * GATE, zr, memory, mr, count);
        newHidden(z, zr, c[t + 1 & 1] + units, h[t + 1 & 1] + units, cr, count);
    }

    /** Odd steps go through the panels backwards: what the step before left in the cache is used before it is lost. */
    private static int zigzag(int t, int n, int from, int to, int together) {
        int last = from + (to - 1 - from) / together * together;
        return (t & 1) == 0 ? n : from + last - n;
    }

    private static int together(int rows) {
        return rows <= FEW ? PackedMatrix.ABREAST : 1;
    }

    /** The gate's pre-activation sees the cell: + tanh(W c), or + W c. */
    private void addMemory(long z, long zr, long memory, long mr, int count) {
        if (w.cell() == CellType.WM) {
            ForwardGates.addTanh(z, zr, memory, mr, count);
        } else {
            ForwardGates.add(z, zr, memory, mr, count);
        }
    }

    /** c = σ(f) c' + σ(i) tanh(g). */
    private static void newCell(long z, long zr, long before, long after, long cr, int count) {
        ForwardGates.sigmoidTimesTanh(z, zr, z + 2 * GATE, zr, z, zr, count);
        ForwardGates.cell(z + GATE, z, zr, before, after, cr, count);
    }

    /** h = σ(o) tanh(c). */
    private static void newHidden(long z, long zr, long cell, long hidden, long cr, int count) {
        ForwardGates.sigmoidTimesTanh(z + 3 * GATE, zr, cell, cr, hidden, cr, count);
    }
}
