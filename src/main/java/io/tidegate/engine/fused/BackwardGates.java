package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Activations.ONE;
import static io.tidegate.engine.fused.Activations.tanh;
import static io.tidegate.engine.fused.Lanes.GATE;
import static io.tidegate.engine.fused.Lanes.VECTOR;
import static io.tidegate.engine.fused.Lanes.bounded;
import static io.tidegate.engine.fused.Lanes.flushed;
import static io.tidegate.engine.fused.Lanes.load;
import static io.tidegate.engine.fused.Lanes.store;

import jdk.incubator.vector.FloatVector;

/**
 * The elementwise lines of back-propagation, each a loop over the rows of a panel's 16 units. A row's activated gates i, f, g, o are
 * replaced by the gradients at their pre-activations; the order of calls is {@link #output}, then what the output gate's memory
 * adds to dc, then {@link #inputs}.
 */
final class BackwardGates {

    private BackwardGates() {}

    /** From dh: do at the pre-activation, and dc += dh o (1 − tanh² c). */
    static void output(long z, long zr, long c, long dh, long dc, long cr, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            for (int r = 0; r < rows; r++) {
                long at = bounded(z + r * zr + 3 * GATE + v), unit = r * cr + v;
                FloatVector o = load(at),
                        t = tanh(load(bounded(c + unit))),
                        x = load(bounded(dh + unit)).mul(o);
                store(flushed(x.mul(t).mul(ONE.sub(o))), at);
                store(flushed(ONE.sub(t.mul(t)).fma(x, load(bounded(dc + unit)))), bounded(dc + unit));
            }
        }
    }

    /** From the whole dc: di, df, dg at the pre-activations, and dc' = dc f. */
    static void inputs(long z, long zr, long before, long dc, long cr, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            for (int r = 0; r < rows; r++) {
                long at = bounded(z + r * zr + v), unit = r * cr + v;
                FloatVector i = load(at), f = load(at + GATE), g = load(at + 2 * GATE);
                FloatVector d = load(bounded(dc + unit)), di = d.mul(i), df = d.mul(f);
                store(flushed(di.mul(g).mul(ONE.sub(i))), at);
                store(flushed(df.mul(ONE.sub(f)).mul(load(bounded(before + unit)))), at + GATE);
                store(flushed(di.mul(ONE.sub(g.mul(g)))), at + 2 * GATE);
                store(flushed(df), bounded(dc + unit));
            }
        }
    }

    /** Through m = tanh(p): m becomes dz (1 − m²). */
    static void throughTanh(long z, long zr, long m, long mr, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            for (int r = 0; r < rows; r++) {
                long at = bounded(m + r * mr + v);
                FloatVector t = load(at);
                store(flushed(load(bounded(z + r * zr + v)).mul(ONE.sub(t.mul(t)))), at);
            }
        }
    }

    /** m becomes dz. */
    static void copied(long z, long zr, long m, long mr, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            for (int r = 0; r < rows; r++) {
                store(load(bounded(z + r * zr + v)), bounded(m + r * mr + v));
            }
        }
    }

    /** dc += p ⊙ dz. */
    static void addScaled(long dc, long cr, long p, long z, long zr, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            FloatVector scale = load(bounded(p + v));
            for (int r = 0; r < rows; r++) {
                long unit = bounded(dc + r * cr + v);
                store(load(bounded(z + r * zr + v)).fma(scale, load(unit)), unit);
            }
        }
    }

    /** dp += Σ over the rows of dz ⊙ c. */
    static void addProductSum(long dp, long z, long zr, long c, long cr, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            FloatVector sum = load(bounded(dp + v));
            for (int r = 0; r < rows; r++) {
                sum = load(bounded(z + r * zr + v)).fma(load(bounded(c + r * cr + v)), sum);
            }
            store(sum, bounded(dp + v));
        }
    }

    /** sum[16] += Σ over the rows of one gate of a panel. */
    static void addSum(long sum, long z, long zr, int rows) {
        for (int v = 0; v < GATE; v += VECTOR) {
            FloatVector all = load(bounded(sum + v));
            for (int r = 0; r < rows; r++) {
                all = all.add(load(bounded(z + r * zr + v)));
            }
            store(all, bounded(sum + v));
        }
    }

    /** y += x. */
    static void add(long y, long x, int count) {
        long at = 0, vectors = 4L * count / VECTOR * VECTOR;
        for (; at < vectors; at += VECTOR) {
            store(load(bounded(y + at)).add(load(bounded(x + at))), bounded(y + at));
        }
        for (; at < 4L * count; at += Float.BYTES) {
            Lanes.set(y + at, Lanes.get(y + at) + Lanes.get(x + at));
        }
    }

    /** y ⊙= x. */
    static void scale(long y, long x, int count) {
        long at = 0, vectors = 4L * count / VECTOR * VECTOR;
        for (; at < vectors; at += VECTOR) {
            store(load(bounded(y + at)).mul(load(bounded(x + at))), bounded(y + at));
        }
        for (; at < 4L * count; at += Float.BYTES) {
            Lanes.set(y + at, Lanes.get(y + at) * Lanes.get(x + at));
        }
    }
}
