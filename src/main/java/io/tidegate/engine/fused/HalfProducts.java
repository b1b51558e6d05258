package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.bounded;
import static io.tidegate.engine.fused.Lanes.broadcast;
import static io.tidegate.engine.fused.Lanes.load;
import static io.tidegate.engine.fused.Lanes.loadInts;
import static io.tidegate.engine.fused.Lanes.shifted;
import static io.tidegate.engine.fused.Lanes.store;

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
        for (int v = 0; v < GATE; v += Lanes.VECTOR) {
            int fours = rows / 4 * 4, r = fours;
            for (int half = 0; half < 2; half++) {
                for (int four = 0; four < fours; four += 4) {
                    rows4(w + v + half * (long) GATE, k, a + four * ar, ar, z + four * zr + v + half * 2L * GATE, zr);
                }
            }
            for (; r + 2 <= rows; r += 2) {
                rows2(w + v, k, a + r * ar, ar, z + r * zr + v, zr);
            }
            if (r < rows) {
                row1(w + v, k, a + r * ar, z + r * zr + v);
            }
        }
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
