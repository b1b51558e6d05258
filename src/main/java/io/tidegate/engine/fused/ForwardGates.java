package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Activations.sigmoid;
import static io.tidegate.engine.fused.Activations.tanh;
import static io.tidegate.engine.fused.Lanes.GATE;
import static io.tidegate.engine.fused.Lanes.VECTOR;
import static io.tidegate.engine.fused.Lanes.bounded;
import static io.tidegate.engine.fused.Lanes.load;
import static io.tidegate.engine.fused.Lanes.store;

import jdk.incubator.vector.FloatVector;

/**
 * The elementwise lines of the cells' equations, each a loop over the rows of a panel's 16 units. Strides are in bytes, from row to
 * row. Every method is compiled alone (see {@link Jit}) and holds few enough operations for that.
 */
final class ForwardGates {

    private ForwardGates() {}

    /** @param bytes whole lines of 64 */
    static void clear(long address, long bytes) {
        FloatVector zero = FloatVector.zero(Lanes.FLOATS);
        long at = bounded(address), end = bounded(address + bytes);
        while (at < end) {
            store(zero, at);
            at = bounded(at + VECTOR);
        }
    }

    /** Fills the rows of a panel with its bias. */
    static void fill(long z, long bias, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            long b = bounded(bias + v);
            FloatVector i = load(b), f = load(b + GATE), g = load(b + 2 * GATE), o = load(b + 3 * GATE);
            long at = bounded(z + v);
            for (int r = 0; r < rows; r++) {
                store(i, at);
                store(f, at + GATE);
                store(g, at + 2 * GATE);
                store(o, at + 3 * GATE);
                at = bounded(at + Lanes.PANEL);
            }
        }
    }

    /** A panel's row: its bias plus one row of weights, as a one-hot input chooses it. */
    static void gather(long z, long bias, long w, long strip) {
        for (int v = 0; v < 2 * GATE; v += VECTOR) {
            int u = v + 2 * GATE;
            store(load(bounded(bias + v)).add(load(bounded(w + v))), bounded(z + v));
            store(load(bounded(bias + u)).add(load(bounded(w + strip + v))), bounded(z + u));
        }
    }

    /** y = σ(a) tanh(b). */
    static void sigmoidTimesTanh(long a, long ar, long b, long br, long y, long yr, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            for (int r = 0; r < rows; r++) {
                store(
                        Activations.sigmoidTimesTanh(load(bounded(a + r * ar + v)), load(bounded(b + r * br + v))),
                        bounded(y + r * yr + v));
            }
        }
    }

    /** c = σ(f) c' + ig. */
    static void cell(long f, long ig, long zr, long before, long after, long cr, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            for (int r = 0; r < rows; r++) {
                FloatVector kept = sigmoid(load(bounded(f + r * zr + v)));
                store(
                        kept.fma(load(bounded(before + r * cr + v)), load(bounded(ig + r * zr + v))),
                        bounded(after + r * cr + v));
            }
        }
    }

    /** z += u. */
    static void add(long z, long zr, long u, long ur, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            for (int r = 0; r < rows; r++) {
                store(load(bounded(z + r * zr + v)).add(load(bounded(u + r * ur + v))), bounded(z + r * zr + v));
            }
        }
    }

    /** z += tanh(u). */
    static void addTanh(long z, long zr, long u, long ur, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            for (int r = 0; r < rows; r++) {
                store(load(bounded(z + r * zr + v)).add(tanh(load(bounded(u + r * ur + v)))), bounded(z + r * zr + v));
            }
        }
    }

    /** z += p ⊙ c; p is the same for all rows where {@code pr} is 0. */
    static void addScaled(long z, long zr, long p, long pr, long c, long cr, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            for (int r = 0; r < rows; r++) {
                FloatVector scale = load(bounded(p + r * pr + v)), cell = load(bounded(c + r * cr + v));
                store(cell.fma(scale, load(bounded(z + r * zr + v))), bounded(z + r * zr + v));
            }
        }
    }

    // --- For training, which keeps each gate

    /** z = σ(z). */
    static void sigmoidInPlace(long z, long zr, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            for (int r = 0; r < rows; r++) {
                store(sigmoid(load(bounded(z + r * zr + v))), bounded(z + r * zr + v));
            }
        }
    }

    /** z = tanh(z). */
    static void tanhInPlace(long z, long zr, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            for (int r = 0; r < rows; r++) {
                store(tanh(load(bounded(z + r * zr + v))), bounded(z + r * zr + v));
            }
        }
    }

    /** u = tanh(u), and z += u. */
    static void addTanhInPlace(long z, long zr, long u, long ur, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            for (int r = 0; r < rows; r++) {
                FloatVector m = tanh(load(bounded(u + r * ur + v)));
                store(m, bounded(u + r * ur + v));
                store(load(bounded(z + r * zr + v)).add(m), bounded(z + r * zr + v));
            }
        }
    }

    /** c = f c' + i g, from a row's activated gates. */
    static void cellOfGates(long z, long zr, long before, long after, long cr, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            for (int r = 0; r < rows; r++) {
                long at = bounded(z + r * zr + v);
                FloatVector ig = load(at).mul(load(at + 2 * GATE));
                store(load(at + GATE).fma(load(bounded(before + r * cr + v)), ig), bounded(after + r * cr + v));
            }
        }
    }

    /** h = o tanh(c), from an activated gate. */
    static void hidden(long o, long zr, long c, long h, long cr, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            for (int r = 0; r < rows; r++) {
                store(tanh(load(bounded(c + r * cr + v))).mul(load(bounded(o + r * zr + v))), bounded(h + r * cr + v));
            }
        }
    }
}
