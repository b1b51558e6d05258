package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.bounded;
import static io.tidegate.engine.fused.Lanes.broadcast;
import static io.tidegate.engine.fused.Lanes.load;
import static io.tidegate.engine.fused.Lanes.store;

import jdk.incubator.vector.FloatVector;

/**
 * Products of rows with a weight's float32 panels, z[r] += Σ_k a[r][k] W[k], with the bits of {@link Products}.
 *
 * <p>A panel is two strips, [2][K][32 columns], each of which three or four rows read from end to end. With its 64 columns side by side they
 * would leave out every other two lines, which costs up to half the speed where weights don't stay in the second-level
 * cache. The rules for kernels are those of {@link Products}.
 */
final class StripProducts {

    private static final int GATE = Lanes.GATE, STRIP = Lanes.STRIP, PANEL = Lanes.PANEL;

    private StripProducts() {}

    /** One panel for all rows, of which those of z lie close together. */
    static void panel(long w, int k, int rows, long a, long ar, long z) {
        long second = (long) k * STRIP;
        int wide = Lanes.WIDE ? WideProducts.panel(w, STRIP, second, k, rows, a, ar, Float.BYTES, z, PANEL) : 0;
        long aRest = a + wide * ar, zRest = z + (long) wide * PANEL;
        for (int v = 0; v < GATE && wide < rows; v += Lanes.VECTOR) {
            narrow(w + v, second, k, rows - wide, aRest, ar, zRest + v);
        }
    }

    /**
     * Four panels for one or two rows, which read them side by side: more lines are under way from the second-level cache then.
     *
     * @param zNext bytes from panel to panel of z
     */
    static void fourPanels(long w, int k, int rows, long a, long ar, long z, long zNext) {
        long next = (long) k * PANEL, second = (long) k * STRIP;
        if (rows == 1) {
            WideProducts.row1(w, next, second, k, a, z, zNext);
        } else {
            WideProducts.rows2(w, next, k, a, ar, z, zNext);
            WideProducts.rows2(w + second, next, k, a, ar, z + STRIP, zNext);
        }
    }

    private static void narrow(long w, long second, int k, int rows, long a, long ar, long z) {
        int fours = rows / 4 * 4;
        for (long strip = 0; strip < 2; strip++) {
            for (int r = 0; r < fours; r += 4) {
                rows4(w + strip * second, k, a + r * ar, ar, z + (long) r * PANEL + strip * STRIP);
            }
        }
        long aRest = a + fours * ar, zRest = z + (long) fours * PANEL;
        switch (rows - fours) {
            case 1 -> row1(w, second, k, aRest, zRest);
            case 2 -> rows2(w, second, k, aRest, ar, zRest);
            case 3 -> {
                rows3(w, k, aRest, ar, zRest);
                rows3(w + second, k, aRest, ar, zRest + STRIP);
            }
            default -> {} // none
        }
    }

    /** One strip. */
    private static void rows4(long w, int k, long a, long ar, long z) {
        long z0 = bounded(z), z1 = bounded(z + PANEL), z2 = bounded(z + 2 * PANEL), z3 = bounded(z + 3 * PANEL);
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
            row = bounded(row + STRIP);
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

    /** One strip. */
    private static void rows3(long w, int k, long a, long ar, long z) {
        long z0 = bounded(z), z1 = bounded(z + PANEL), z2 = bounded(z + 2 * PANEL);
        FloatVector c00 = load(z0), c01 = load(z0 + GATE);
        FloatVector c10 = load(z1), c11 = load(z1 + GATE);
        FloatVector c20 = load(z2), c21 = load(z2 + GATE);
        long row = bounded(w), at = bounded(a), a1 = bounded(ar), a2 = bounded(2 * ar);
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
            row = bounded(row + STRIP);
            at = bounded(at + Float.BYTES);
        }
        store(c00, z0);
        store(c01, z0 + GATE);
        store(c10, z1);
        store(c11, z1 + GATE);
        store(c20, z2);
        store(c21, z2 + GATE);
    }

    /** Both strips. */
    private static void rows2(long w, long second, int k, long a, long ar, long z) {
        long z0 = bounded(z), z1 = bounded(z + PANEL);
        FloatVector c00 = load(z0), c01 = load(z0 + GATE), c02 = load(z0 + 2 * GATE), c03 = load(z0 + 3 * GATE);
        FloatVector c10 = load(z1), c11 = load(z1 + GATE), c12 = load(z1 + 2 * GATE), c13 = load(z1 + 3 * GATE);
        long row = bounded(w), other = bounded(second), at = bounded(a), a1 = bounded(ar);
        for (int n = 0; n < k; n++) {
            FloatVector w0 = load(row), w1 = load(row + GATE), w2 = load(row + other), w3 = load(row + other + GATE);
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
            row = bounded(row + STRIP);
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

    /** Both strips. */
    private static void row1(long w, long second, int k, long a, long z) {
        long z0 = bounded(z);
        FloatVector c00 = load(z0), c01 = load(z0 + GATE), c02 = load(z0 + 2 * GATE), c03 = load(z0 + 3 * GATE);
        long row = bounded(w), other = bounded(second), at = bounded(a);
        for (int n = 0; n < k; n++) {
            FloatVector w0 = load(row), w1 = load(row + GATE), w2 = load(row + other), w3 = load(row + other + GATE);
            FloatVector x0 = broadcast(at);
            c00 = x0.fma(w0, c00);
            c01 = x0.fma(w1, c01);
            c02 = x0.fma(w2, c02);
            c03 = x0.fma(w3, c03);
            row = bounded(row + STRIP);
            at = bounded(at + Float.BYTES);
        }
        store(c00, z0);
        store(c01, z0 + GATE);
        store(c02, z0 + 2 * GATE);
        store(c03, z0 + 3 * GATE);
    }
}
