package io.tidegate.core.cell;

/**
 * What a forward step leaves behind for the backward one, and for whoever inspects the gates.
 *
 * @param before the state the step began with
 * @param after the state it ended with
 * @param i input gate, [H]
 * @param f forget gate, [H]
 * @param g candidate, [H]
 * @param o output gate, [H]
 * @param memoryI what the cell state added to i's pre-activation, [H]
 * @param memoryF the same for f, [H]
 * @param memoryO the same for o, which sees the new cell, [H]
 */
public record Tape(
        CellState before,
        CellState after,
        double[] i,
        double[] f,
        double[] g,
        double[] o,
        double[] memoryI,
        double[] memoryF,
        double[] memoryO) {}
