package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.ADDRESSES;
import static io.tidegate.engine.fused.Lanes.ALL;
import static io.tidegate.engine.fused.Lanes.FLOATS;
import static io.tidegate.engine.fused.Lanes.INTS;
import static io.tidegate.engine.fused.Lanes.ORDER;
import static io.tidegate.engine.fused.Lanes.bounded;
import static io.tidegate.engine.fused.Lanes.broadcast;
import static io.tidegate.engine.fused.Lanes.load;
import static io.tidegate.engine.fused.Lanes.store;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Products of rows with float32 panels, z[r] += Σ_k a[r][k] W[k].
 *
 * <p>Each output is one lane: what was in z, then a fused multiply-add for each k in ascending order. So it has the same bits
 * whatever rows it is computed with, wherever the sum over k is cut, and however wide the vectors are.
 *
 * <p>A panel is [K][64 columns] (four vectors of 16), a block [K][16 columns]. Strides are in bytes: {@code ar} from row to row of
 * a, {@code ak} from k to k, {@code zr} from row to row of z. With the strides of a exchanged, the same kernels give a weight's
 * gradient: its "rows" are then the columns of a, and k runs over the steps.
 *
 * <p>For whoever changes this: a method here is never inlined (see {@link Jit}) and keeps to eight sums. They hide the latency of one
 * multiply-add a cycle, four rows by two vectors or two by four need fewer loads than a processor can do beside them, and they fit
 * a register file of 16. With more, helpers like {@link Lanes#load} are no longer inlined (see {@link WideProducts}); with bounds checks left
 * in the loop (see {@link Lanes#bounded}) sums don't stay in registers. Either costs ten- to a hundredfold.
 */
final class Products {

    private static final int GATE = Lanes.GATE, PANEL = Lanes.PANEL;

    /** A sum over more k than this is cut where many rows read the panel, so that it stays in the first-level cache. */
    private static final int CUT = 128;

    private Products() {}

    /** One panel for all rows. */
    static void panel(long w, int k, int rows, long a, long ar, long ak, long z, long zr) {
        boolean once = Lanes.VECTOR == GATE && rows <= 6;
        if (once || k <= CUT + CUT / 2) {
            uncut(w, k, rows, a, ar, ak, z, zr);
            return;
        }
        for (int from = 0; from < k; from += CUT) {
            uncut(w + (long) from * PANEL, Math.min(CUT, k - from), rows, a + from * ak, ar, ak, z, zr);
        }
    }

    private static void uncut(long w, int k, int rows, long a, long ar, long ak, long z, long zr) {
        int r = Lanes.WIDE ? WideProducts.panel(w, PANEL, 2 * GATE, k, rows, a, ar, ak, z, zr) : 0;
        for (int v = 0; v < GATE && r < rows; v += Lanes.VECTOR) {
            narrow(w + v, k, rows - r, a + r * ar, ar, ak, z + r * zr + v, zr);
        }
    }

    private static void narrow(long w, int k, int rows, long a, long ar, long ak, long z, long zr) {
        int fours = rows / 4 * 4, r = fours;
        for (int half = 0; half < PANEL; half += 2 * GATE) { // which alone has to stay in the cache
            for (int four = 0; four < fours; four += 4) {
                rows4(w + half, k, a + four * ar, ar, ak, z + four * zr + half, zr);
            }
        }
        for (; r + 2 <= rows; r += 2) {
            rows2(w, k, a + r * ar, ar, ak, z + r * zr, zr);
        }
        if (r < rows) {
            row1(w, k, a + r * ar, ak, z + r * zr);
        }
    }

    /** One block for all rows. */
    static void block(long w, int k, int rows, long a, long ar, long ak, long z, long zr) {
        for (int v = 0; v < GATE; v += Lanes.VECTOR) {
            int r = 0;
            for (; r + 8 <= rows; r += 8) {
                block8(w + v, k, a + r * ar, ar, ak, z + r * zr + v, zr);
            }
            for (; r < rows; r++) {
                block1(w + v, k, a + r * ar, ak, z + r * zr + v);
            }
        }
    }

    private static void rows4(long w, int k, long a, long ar, long ak, long z, long zr) {
        long z0 = bounded(z), z1 = bounded(z + zr), z2 = bounded(z + 2 * zr), z3 = bounded(z + 3 * zr);
        FloatVector c00 = load(z0), c01 = load(z0 + GATE);
        FloatVector c10 = load(z1), c11 = load(z1 + GATE);
        FloatVector c20 = load(z2), c21 = load(z2 + GATE);
        FloatVector c30 = load(z3), c31 = load(z3 + GATE);
        long row = bounded(w), at = bounded(a), a1 = bounded(ar), a2 = bounded(2 * ar), a3 = bounded(3 * ar);
        for (int n = 0; n < k; n++) {
            FloatVector w0 = load(row), w1 = load(row + GATE);
            FloatVector x0 = broadcast(at);
            c00 = x0.fma(w0, c00);
            c01 = x0.fma(w1, c01);
            FloatVector x1 = broadcast(at + a1);
            c10 = x1.fma(w0, c10);
            c11 = x1.fma(w1, c11);
            FloatVector x2 = broadcast(at + a2);
            c20 = x2.fma(w0, c20);
            c21 = x2.fma(w1, c21);
            FloatVector x3 = broadcast(at + a3);
            c30 = x3.fma(w0, c30);
            c31 = x3.fma(w1, c31);
            row = bounded(row + PANEL);
            at = bounded(at + ak);
        }
        store(c00, z0);
        store(c01, z0 + GATE);
        store(c10, z1);
        store(c11, z1 + GATE);
        store(c20, z2);
        store(c21, z2 + GATE);
        store(c30, z3);
        store(c31, z3 + GATE);
    }

    private static void rows2(long w, int k, long a, long ar, long ak, long z, long zr) {
        long z0 = bounded(z), z1 = bounded(z + zr);
        FloatVector c00 = load(z0), c01 = load(z0 + GATE), c02 = load(z0 + 2 * GATE), c03 = load(z0 + 3 * GATE);
        FloatVector c10 = load(z1), c11 = load(z1 + GATE), c12 = load(z1 + 2 * GATE), c13 = load(z1 + 3 * GATE);
        long row = bounded(w), at = bounded(a), a1 = bounded(ar);
        for (int n = 0; n < k; n++) {
            FloatVector w0 = load(row), w1 = load(row + GATE), w2 = load(row + 2 * GATE), w3 = load(row + 3 * GATE);
            FloatVector x0 = broadcast(at);
            c00 = x0.fma(w0, c00);
            c01 = x0.fma(w1, c01);
            c02 = x0.fma(w2, c02);
            c03 = x0.fma(w3, c03);
            FloatVector x1 = broadcast(at + a1);
            c10 = x1.fma(w0, c10);
            c11 = x1.fma(w1, c11);
            c12 = x1.fma(w2, c12);
            c13 = x1.fma(w3, c13);
            row = bounded(row + PANEL);
            at = bounded(at + ak);
        }
        store(c00, z0);
        store(c01, z0 + GATE);
        store(c02, z0 + 2 * GATE);
        store(c03, z0 + 3 * GATE);
        store(c10, z1);
        store(c11, z1 + GATE);
        store(c12, z1 + 2 * GATE);
        store(c13, z1 + 3 * GATE);
    }

    private static void row1(long w, int k, long a, long ak, long z) {
        long z0 = bounded(z);
        FloatVector c00 = load(z0), c01 = load(z0 + GATE), c02 = load(z0 + 2 * GATE), c03 = load(z0 + 3 * GATE);
        long row = bounded(w), at = bounded(a);
        for (int n = 0; n < k; n++) {
            FloatVector w0 = load(row), w1 = load(row + GATE), w2 = load(row + 2 * GATE), w3 = load(row + 3 * GATE);
            FloatVector x0 = broadcast(at);
            c00 = x0.fma(w0, c00);
            c01 = x0.fma(w1, c01);
            c02 = x0.fma(w2, c02);
            c03 = x0.fma(w3, c03);
            row = bounded(row + PANEL);
            at = bounded(at + ak);
        }
        store(c00, z0);
        store(c01, z0 + GATE);
        store(c02, z0 + 2 * GATE);
        store(c03, z0 + 3 * GATE);
    }

    /** Spelled out as {@link WideProducts} are: so many rows' addresses are too much for inlined helpers. */
    private static void block8(long w, int k, long a, long ar, long ak, long z, long zr) {
        long z0 = z & ADDRESSES;
        long z1 = (z + zr) & ADDRESSES;
        long z2 = (z + 2 * zr) & ADDRESSES;
        long z3 = (z + 3 * zr) & ADDRESSES;
        long z4 = (z + 4 * zr) & ADDRESSES;
        long z5 = (z + 5 * zr) & ADDRESSES;
        long z6 = (z + 6 * zr) & ADDRESSES;
        long z7 = (z + 7 * zr) & ADDRESSES;
        FloatVector c0 = FloatVector.fromMemorySegment(FLOATS, ALL, z0, ORDER);
        FloatVector c1 = FloatVector.fromMemorySegment(FLOATS, ALL, z1, ORDER);
        FloatVector c2 = FloatVector.fromMemorySegment(FLOATS, ALL, z2, ORDER);
        FloatVector c3 = FloatVector.fromMemorySegment(FLOATS, ALL, z3, ORDER);
        FloatVector c4 = FloatVector.fromMemorySegment(FLOATS, ALL, z4, ORDER);
        FloatVector c5 = FloatVector.fromMemorySegment(FLOATS, ALL, z5, ORDER);
        FloatVector c6 = FloatVector.fromMemorySegment(FLOATS, ALL, z6, ORDER);
        FloatVector c7 = FloatVector.fromMemorySegment(FLOATS, ALL, z7, ORDER);
        long row = w & ADDRESSES, at = a & ADDRESSES;
        long a1 = ar & ADDRESSES;
        long a2 = (2 * ar) & ADDRESSES;
        long a3 = (3 * ar) & ADDRESSES;
        long a4 = (4 * ar) & ADDRESSES;
        long a5 = (5 * ar) & ADDRESSES;
        long a6 = (6 * ar) & ADDRESSES;
        long a7 = (7 * ar) & ADDRESSES;
        for (int n = 0; n < k; n++) {
            FloatVector w0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            FloatVector x0 =
                    IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at)).reinterpretAsFloats();
            c0 = x0.fma(w0, c0);
            FloatVector x1 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a1))
                    .reinterpretAsFloats();
            c1 = x1.fma(w0, c1);
            FloatVector x2 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a2))
                    .reinterpretAsFloats();
            c2 = x2.fma(w0, c2);
            FloatVector x3 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a3))
                    .reinterpretAsFloats();
            c3 = x3.fma(w0, c3);
            FloatVector x4 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a4))
                    .reinterpretAsFloats();
            c4 = x4.fma(w0, c4);
            FloatVector x5 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a5))
                    .reinterpretAsFloats();
            c5 = x5.fma(w0, c5);
            FloatVector x6 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a6))
                    .reinterpretAsFloats();
            c6 = x6.fma(w0, c6);
            FloatVector x7 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a7))
                    .reinterpretAsFloats();
            c7 = x7.fma(w0, c7);
            row = (row + GATE) & ADDRESSES;
            at = (at + ak) & ADDRESSES;
        }
        c0.intoMemorySegment(ALL, z0, ORDER);
        c1.intoMemorySegment(ALL, z1, ORDER);
        c2.intoMemorySegment(ALL, z2, ORDER);
        c3.intoMemorySegment(ALL, z3, ORDER);
        c4.intoMemorySegment(ALL, z4, ORDER);
        c5.intoMemorySegment(ALL, z5, ORDER);
        c6.intoMemorySegment(ALL, z6, ORDER);
        c7.intoMemorySegment(ALL, z7, ORDER);
    }

    private static void block1(long w, int k, long a, long ak, long z) {
        long z0 = bounded(z);
        FloatVector c00 = load(z0);
        long row = bounded(w), at = bounded(a);
        for (int n = 0; n < k; n++) {
            FloatVector w0 = load(row);
            FloatVector x0 = broadcast(at);
            c00 = x0.fma(w0, c00);
            row = bounded(row + GATE);
            at = bounded(at + ak);
        }
        store(c00, z0);
    }
}
