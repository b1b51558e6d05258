package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.ADDRESSES;
import static io.tidegate.engine.fused.Lanes.ALL;
import static io.tidegate.engine.fused.Lanes.FLOATS;
import static io.tidegate.engine.fused.Lanes.INTS;
import static io.tidegate.engine.fused.Lanes.ORDER;
import static io.tidegate.engine.fused.Lanes.bounded;
import static io.tidegate.engine.fused.Lanes.broadcast;
import static io.tidegate.engine.fused.Lanes.load;
import static io.tidegate.engine.fused.Lanes.loadInts;
import static io.tidegate.engine.fused.Lanes.shifted;
import static io.tidegate.engine.fused.Lanes.store;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * {@link Products} with weights of 16 bits: half the memory to stream, the same arithmetic in float32.
 *
 * <p>Two gates share a lane of 32 bits. The lower one is its 16 bits shifted up, a bfloat16; the upper one is the lane as it
 * stands, its last 16 bits being whatever the lower one put there: {@link #packed} chooses the upper half so that the whole lane is
 * nearest to the weight. A panel's row is [i|f: 16 lanes][g|o: 16 lanes].
 */
final class HalfProducts {

    private static final int GATE = Lanes.GATE, PANEL = Lanes.PANEL / 2;

    private static final int CUT = 256;

    private HalfProducts() {}

    /** The lane of two weights. */
    static int packed(float lower, float upper) {
        int low = Float.floatToRawIntBits(lower), high = Float.floatToRawIntBits(upper);
        low = (low + 0x7fff + ((low >>> 16) & 1)) >>> 16; // to nearest, ties to even
        return ((high - low + 0x8000) & 0xffff0000) | low;
    }

    /** The two weights that a lane stands for. */
    static float lower(int lane) {
        return Float.intBitsToFloat(lane << 16);
    }

    static float upper(int lane) {
        return Float.intBitsToFloat(lane);
    }

    static void panel(long w, int k, int rows, long a, long ar, long z, long zr) {
        boolean once = Lanes.VECTOR == GATE && rows <= 6;
        if (once || k <= CUT + CUT / 2) {
            uncut(w, k, rows, a, ar, z, zr);
            return;
        }
        for (int from = 0; from < k; from += CUT) {
            uncut(w + (long) from * PANEL, Math.min(CUT, k - from), rows, a + from * 4L, ar, z, zr);
        }
    }

    private static void uncut(long w, int k, int rows, long a, long ar, long z, long zr) {
        int r = Lanes.WIDE ? wide(w, k, rows, a, ar, z, zr) : 0;
        for (int v = 0; v < GATE && r < rows; v += Lanes.VECTOR) {
            narrow(w + v, k, rows - r, a + r * ar, ar, z + r * zr + v, zr);
        }
    }

    /** @return how many rows it has been through, all but three at most */
    private static int wide(long w, int k, int rows, long a, long ar, long z, long zr) {
        int eights = rows / 8 * 8;
        for (long half = 0; half < 2; half++) {
            for (int r = 0; r < eights; r += 8) {
                wide8(w + half * GATE, k, a + r * ar, ar, z + r * zr + half * 2 * GATE, zr);
            }
        }
        if (rows - eights < 4) {
            return eights;
        }
        wide4(w, k, a + eights * ar, ar, z + eights * zr, zr);
        return eights + 4;
    }

    private static void narrow(long w, int k, int rows, long a, long ar, long z, long zr) {
        int fours = rows / 4 * 4, r = fours;
        for (long half = 0; half < 2; half++) {
            for (int four = 0; four < fours; four += 4) {
                rows4(w + half * GATE, k, a + four * ar, ar, z + four * zr + half * 2 * GATE, zr);
            }
        }
        for (; r + 2 <= rows; r += 2) {
            rows2(w, k, a + r * ar, ar, z + r * zr, zr);
        }
        if (r < rows) {
            row1(w, k, a + r * ar, z + r * zr);
        }
    }

    /** The same with sixteen sums, see {@link WideProducts}. */
    private static void wide8(long w, int k, long a, long ar, long z, long zr) {
        long z0 = z & ADDRESSES;
        long z1 = (z + zr) & ADDRESSES;
        long z2 = (z + 2 * zr) & ADDRESSES;
        long z3 = (z + 3 * zr) & ADDRESSES;
        long z4 = (z + 4 * zr) & ADDRESSES;
        long z5 = (z + 5 * zr) & ADDRESSES;
        long z6 = (z + 6 * zr) & ADDRESSES;
        long z7 = (z + 7 * zr) & ADDRESSES;
        FloatVector c00 = FloatVector.fromMemorySegment(FLOATS, ALL, z0, ORDER);
        FloatVector c01 = FloatVector.fromMemorySegment(FLOATS, ALL, z0 + GATE, ORDER);
        FloatVector c10 = FloatVector.fromMemorySegment(FLOATS, ALL, z1, ORDER);
        FloatVector c11 = FloatVector.fromMemorySegment(FLOATS, ALL, z1 + GATE, ORDER);
        FloatVector c20 = FloatVector.fromMemorySegment(FLOATS, ALL, z2, ORDER);
        FloatVector c21 = FloatVector.fromMemorySegment(FLOATS, ALL, z2 + GATE, ORDER);
        FloatVector c30 = FloatVector.fromMemorySegment(FLOATS, ALL, z3, ORDER);
        FloatVector c31 = FloatVector.fromMemorySegment(FLOATS, ALL, z3 + GATE, ORDER);
        FloatVector c40 = FloatVector.fromMemorySegment(FLOATS, ALL, z4, ORDER);
        FloatVector c41 = FloatVector.fromMemorySegment(FLOATS, ALL, z4 + GATE, ORDER);
        FloatVector c50 = FloatVector.fromMemorySegment(FLOATS, ALL, z5, ORDER);
        FloatVector c51 = FloatVector.fromMemorySegment(FLOATS, ALL, z5 + GATE, ORDER);
        FloatVector c60 = FloatVector.fromMemorySegment(FLOATS, ALL, z6, ORDER);
        FloatVector c61 = FloatVector.fromMemorySegment(FLOATS, ALL, z6 + GATE, ORDER);
        FloatVector c70 = FloatVector.fromMemorySegment(FLOATS, ALL, z7, ORDER);
        FloatVector c71 = FloatVector.fromMemorySegment(FLOATS, ALL, z7 + GATE, ORDER);
        long row = w & ADDRESSES, at = a & ADDRESSES;
        long a1 = ar & ADDRESSES;
        long a2 = (2 * ar) & ADDRESSES;
        long a3 = (3 * ar) & ADDRESSES;
        long a4 = (4 * ar) & ADDRESSES;
        long a5 = (5 * ar) & ADDRESSES;
        long a6 = (6 * ar) & ADDRESSES;
        long a7 = (7 * ar) & ADDRESSES;
        for (int n = 0; n < k; n++) {
            IntVector pair0 = IntVector.fromMemorySegment(INTS, ALL, row, ORDER);
            FloatVector w0 = pair0.lanewise(LSHL, 16).reinterpretAsFloats();
            FloatVector w1 = pair0.reinterpretAsFloats();
            FloatVector x0 =
                    IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at)).reinterpretAsFloats();
            c00 = x0.fma(w0, c00);
            c01 = x0.fma(w1, c01);
            FloatVector x1 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a1))
                    .reinterpretAsFloats();
            c10 = x1.fma(w0, c10);
            c11 = x1.fma(w1, c11);
            FloatVector x2 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a2))
                    .reinterpretAsFloats();
            c20 = x2.fma(w0, c20);
            c21 = x2.fma(w1, c21);
            FloatVector x3 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a3))
                    .reinterpretAsFloats();
            c30 = x3.fma(w0, c30);
            c31 = x3.fma(w1, c31);
            FloatVector x4 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a4))
                    .reinterpretAsFloats();
            c40 = x4.fma(w0, c40);
            c41 = x4.fma(w1, c41);
            FloatVector x5 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a5))
                    .reinterpretAsFloats();
            c50 = x5.fma(w0, c50);
            c51 = x5.fma(w1, c51);
            FloatVector x6 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a6))
                    .reinterpretAsFloats();
            c60 = x6.fma(w0, c60);
            c61 = x6.fma(w1, c61);
            FloatVector x7 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a7))
                    .reinterpretAsFloats();
            c70 = x7.fma(w0, c70);
            c71 = x7.fma(w1, c71);
            row = (row + PANEL) & ADDRESSES;
            at = (at + Float.BYTES) & ADDRESSES;
        }
        c00.intoMemorySegment(ALL, z0, ORDER);
        c01.intoMemorySegment(ALL, z0 + GATE, ORDER);
        c10.intoMemorySegment(ALL, z1, ORDER);
        c11.intoMemorySegment(ALL, z1 + GATE, ORDER);
        c20.intoMemorySegment(ALL, z2, ORDER);
        c21.intoMemorySegment(ALL, z2 + GATE, ORDER);
        c30.intoMemorySegment(ALL, z3, ORDER);
        c31.intoMemorySegment(ALL, z3 + GATE, ORDER);
        c40.intoMemorySegment(ALL, z4, ORDER);
        c41.intoMemorySegment(ALL, z4 + GATE, ORDER);
        c50.intoMemorySegment(ALL, z5, ORDER);
        c51.intoMemorySegment(ALL, z5 + GATE, ORDER);
        c60.intoMemorySegment(ALL, z6, ORDER);
        c61.intoMemorySegment(ALL, z6 + GATE, ORDER);
        c70.intoMemorySegment(ALL, z7, ORDER);
        c71.intoMemorySegment(ALL, z7 + GATE, ORDER);
    }

    /** The same. */
    private static void wide4(long w, int k, long a, long ar, long z, long zr) {
        long z0 = z & ADDRESSES;
        long z1 = (z + zr) & ADDRESSES;
        long z2 = (z + 2 * zr) & ADDRESSES;
        long z3 = (z + 3 * zr) & ADDRESSES;
        FloatVector c00 = FloatVector.fromMemorySegment(FLOATS, ALL, z0, ORDER);
        FloatVector c01 = FloatVector.fromMemorySegment(FLOATS, ALL, z0 + GATE, ORDER);
        FloatVector c02 = FloatVector.fromMemorySegment(FLOATS, ALL, z0 + 2 * GATE, ORDER);
        FloatVector c03 = FloatVector.fromMemorySegment(FLOATS, ALL, z0 + 3 * GATE, ORDER);
        FloatVector c10 = FloatVector.fromMemorySegment(FLOATS, ALL, z1, ORDER);
        FloatVector c11 = FloatVector.fromMemorySegment(FLOATS, ALL, z1 + GATE, ORDER);
        FloatVector c12 = FloatVector.fromMemorySegment(FLOATS, ALL, z1 + 2 * GATE, ORDER);
        FloatVector c13 = FloatVector.fromMemorySegment(FLOATS, ALL, z1 + 3 * GATE, ORDER);
        FloatVector c20 = FloatVector.fromMemorySegment(FLOATS, ALL, z2, ORDER);
        FloatVector c21 = FloatVector.fromMemorySegment(FLOATS, ALL, z2 + GATE, ORDER);
        FloatVector c22 = FloatVector.fromMemorySegment(FLOATS, ALL, z2 + 2 * GATE, ORDER);
        FloatVector c23 = FloatVector.fromMemorySegment(FLOATS, ALL, z2 + 3 * GATE, ORDER);
        FloatVector c30 = FloatVector.fromMemorySegment(FLOATS, ALL, z3, ORDER);
        FloatVector c31 = FloatVector.fromMemorySegment(FLOATS, ALL, z3 + GATE, ORDER);
        FloatVector c32 = FloatVector.fromMemorySegment(FLOATS, ALL, z3 + 2 * GATE, ORDER);
        FloatVector c33 = FloatVector.fromMemorySegment(FLOATS, ALL, z3 + 3 * GATE, ORDER);
        long row = w & ADDRESSES, at = a & ADDRESSES;
        long a1 = ar & ADDRESSES;
        long a2 = (2 * ar) & ADDRESSES;
        long a3 = (3 * ar) & ADDRESSES;
        for (int n = 0; n < k; n++) {
            IntVector pair0 = IntVector.fromMemorySegment(INTS, ALL, row, ORDER);
            FloatVector w0 = pair0.lanewise(LSHL, 16).reinterpretAsFloats();
            FloatVector w1 = pair0.reinterpretAsFloats();
            IntVector pair1 = IntVector.fromMemorySegment(INTS, ALL, row + GATE, ORDER);
            FloatVector w2 = pair1.lanewise(LSHL, 16).reinterpretAsFloats();
            FloatVector w3 = pair1.reinterpretAsFloats();
            FloatVector x0 =
                    IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at)).reinterpretAsFloats();
            c00 = x0.fma(w0, c00);
            c01 = x0.fma(w1, c01);
            c02 = x0.fma(w2, c02);
            c03 = x0.fma(w3, c03);
            FloatVector x1 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a1))
                    .reinterpretAsFloats();
            c10 = x1.fma(w0, c10);
            c11 = x1.fma(w1, c11);
            c12 = x1.fma(w2, c12);
            c13 = x1.fma(w3, c13);
            FloatVector x2 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a2))
                    .reinterpretAsFloats();
            c20 = x2.fma(w0, c20);
            c21 = x2.fma(w1, c21);
            c22 = x2.fma(w2, c22);
            c23 = x2.fma(w3, c23);
            FloatVector x3 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a3))
                    .reinterpretAsFloats();
            c30 = x3.fma(w0, c30);
            c31 = x3.fma(w1, c31);
            c32 = x3.fma(w2, c32);
            c33 = x3.fma(w3, c33);
            row = (row + PANEL) & ADDRESSES;
            at = (at + Float.BYTES) & ADDRESSES;
        }
        c00.intoMemorySegment(ALL, z0, ORDER);
        c01.intoMemorySegment(ALL, z0 + GATE, ORDER);
        c02.intoMemorySegment(ALL, z0 + 2 * GATE, ORDER);
        c03.intoMemorySegment(ALL, z0 + 3 * GATE, ORDER);
        c10.intoMemorySegment(ALL, z1, ORDER);
        c11.intoMemorySegment(ALL, z1 + GATE, ORDER);
        c12.intoMemorySegment(ALL, z1 + 2 * GATE, ORDER);
        c13.intoMemorySegment(ALL, z1 + 3 * GATE, ORDER);
        c20.intoMemorySegment(ALL, z2, ORDER);
        c21.intoMemorySegment(ALL, z2 + GATE, ORDER);
        c22.intoMemorySegment(ALL, z2 + 2 * GATE, ORDER);
        c23.intoMemorySegment(ALL, z2 + 3 * GATE, ORDER);
        c30.intoMemorySegment(ALL, z3, ORDER);
        c31.intoMemorySegment(ALL, z3 + GATE, ORDER);
        c32.intoMemorySegment(ALL, z3 + 2 * GATE, ORDER);
        c33.intoMemorySegment(ALL, z3 + 3 * GATE, ORDER);
    }

    private static void rows4(long w, int k, long a, long ar, long z, long zr) {
        long z0 = bounded(z), z1 = bounded(z + zr), z2 = bounded(z + 2 * zr), z3 = bounded(z + 3 * zr);
        FloatVector c00 = load(z0), c01 = load(z0 + GATE);
        FloatVector c10 = load(z1), c11 = load(z1 + GATE);
        FloatVector c20 = load(z2), c21 = load(z2 + GATE);
        FloatVector c30 = load(z3), c31 = load(z3 + GATE);
        long row = bounded(w), at = bounded(a), a1 = bounded(ar), a2 = bounded(2 * ar), a3 = bounded(3 * ar);
        for (int n = 0; n < k; n++) {
            IntVector pair0 = loadInts(row);
            FloatVector w0 = shifted(pair0), w1 = pair0.reinterpretAsFloats();
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
            at = bounded(at + Float.BYTES);
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

    private static void rows2(long w, int k, long a, long ar, long z, long zr) {
        long z0 = bounded(z), z1 = bounded(z + zr);
        FloatVector c00 = load(z0), c01 = load(z0 + GATE), c02 = load(z0 + 2 * GATE), c03 = load(z0 + 3 * GATE);
        FloatVector c10 = load(z1), c11 = load(z1 + GATE), c12 = load(z1 + 2 * GATE), c13 = load(z1 + 3 * GATE);
        long row = bounded(w), at = bounded(a), a1 = bounded(ar);
        for (int n = 0; n < k; n++) {
            IntVector pair0 = loadInts(row), pair1 = loadInts(row + GATE);
            FloatVector w0 = shifted(pair0),
                    w1 = pair0.reinterpretAsFloats(),
                    w2 = shifted(pair1),
                    w3 = pair1.reinterpretAsFloats();
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
            at = bounded(at + Float.BYTES);
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

    private static void row1(long w, int k, long a, long z) {
        long z0 = bounded(z);
        FloatVector c00 = load(z0), c01 = load(z0 + GATE), c02 = load(z0 + 2 * GATE), c03 = load(z0 + 3 * GATE);
        long row = bounded(w), at = bounded(a);
        for (int n = 0; n < k; n++) {
            IntVector pair0 = loadInts(row), pair1 = loadInts(row + GATE);
            FloatVector w0 = shifted(pair0),
                    w1 = pair0.reinterpretAsFloats(),
                    w2 = shifted(pair1),
                    w3 = pair1.reinterpretAsFloats();
            FloatVector x0 = broadcast(at);
            c00 = x0.fma(w0, c00);
            c01 = x0.fma(w1, c01);
            c02 = x0.fma(w2, c02);
            c03 = x0.fma(w3, c03);
            row = bounded(row + PANEL);
            at = bounded(at + Float.BYTES);
        }
        store(c00, z0);
        store(c01, z0 + GATE);
        store(c02, z0 + 2 * GATE);
        store(c03, z0 + 3 * GATE);
    }
}
