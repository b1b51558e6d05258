package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.COLUMNS;
import static io.tidegate.engine.fused.Lanes.GATE;
import static io.tidegate.engine.fused.Lanes.PANEL;
import static io.tidegate.engine.fused.Lanes.STRIP;
import static io.tidegate.engine.fused.Lanes.UNITS;
import static io.tidegate.engine.fused.Lanes.get;
import static io.tidegate.engine.fused.Lanes.set;

import java.lang.foreign.ValueLayout;

/**
 * Plain loops that say what each kernel computes, to the bit: the specification that the vector kernels are tested against, at
 * every start for the products and the gates, and for all of them in the tests.
 */
final class ScalarKernels {

    private ScalarKernels() {}

    // --- Products and HalfProducts

    static void panel(long w, int k, int rows, long a, long ar, long ak, long z, long zr) {
        columns(w, PANEL, COLUMNS, k, rows, a, ar, ak, z, zr);
    }

    static void strips(long w, int k, int rows, long a, long ar, long z) {
        for (long strip = 0; strip < 2; strip++) {
            long from = w + strip * k * STRIP;
            columns(from, STRIP, COLUMNS / 2, k, rows, a, ar, Float.BYTES, z + strip * STRIP, PANEL);
        }
    }

    static void block(long w, int k, int rows, long a, long ar, long ak, long z, long zr) {
        columns(w, GATE, UNITS, k, rows, a, ar, ak, z, zr);
    }

    private static void columns(
            long w, int wk, int columns, int k, int rows, long a, long ar, long ak, long z, long zr) {
        for (int r = 0; r < rows; r++) {
            for (int n = 0; n < columns; n++) {
                float sum = get(z + r * zr + 4L * n);
                for (int j = 0; j < k; j++) {
                    sum = Math.fma(get(a + r * ar + j * ak), get(w + (long) j * wk + 4L * n), sum);
                }
                set(z + r * zr + 4L * n, sum);
            }
        }
    }

    static void halfPanel(long w, int k, int rows, long a, long ar, long z, long zr) {
        for (int r = 0; r < rows; r++) {
            for (int n = 0; n < COLUMNS; n++) {
                int gate = n / UNITS, lane = gate / 2 * UNITS + n % UNITS;
                float sum = get(z + r * zr + 4L * n);
                for (int j = 0; j < k; j++) {
                    int both = Lanes.ALL.get(ValueLayout.JAVA_INT_UNALIGNED, w + j * (PANEL / 2L) + 4L * lane);
                    float weight = gate % 2 == 0 ? HalfProducts.lower(both) : HalfProducts.upper(both);
                    sum = Math.fma(get(a + r * ar + 4L * j), weight, sum);
                }
                set(z + r * zr + 4L * n, sum);
            }
        }
    }

    // --- Activations

    static float clamp(float x) {
        return x > Activations.BOUND ? Activations.BOUND : x < -Activations.BOUND ? -Activations.BOUND : x;
    }

    private static float numerator(float x, float s) {
        float p = Math.fma(Activations.N4, s, Activations.N3);
        p = Math.fma(p, s, Activations.N2);
        p = Math.fma(p, s, Activations.N1);
        return Math.fma(p, s, Activations.N0) * x;
    }

    private static float denominator(float s) {
        float q = Math.fma(Activations.D4, s, Activations.D3);
        q = Math.fma(q, s, Activations.D2);
        q = Math.fma(q, s, Activations.D1);
        return Math.fma(q, s, Activations.D0);
    }

    static float tanh(float x) {
        float within = clamp(x), s = within * within;
        return numerator(within, s) / denominator(s);
    }

    static float sigmoid(float x) {
        return Math.fma(tanh(x * 0.5f), 0.5f, 0.5f);
    }

    static float sigmoidTimesTanh(float a, float b) {
        float x = clamp(a * 0.5f), s = x * x, q = denominator(s);
        float y = clamp(b), t = y * y;
        return (numerator(x, s) + q) * numerator(y, t) * 0.5f / (q * denominator(t));
    }

    private static float flushed(float x) {
        return Math.abs(x) < 1e-30f ? 0 : x;
    }

    // --- ForwardGates, one unit of one row

    static float cell(float f, float ig, float before) {
        return Math.fma(sigmoid(f), before, ig);
    }

    static float addTanh(float z, float u) {
        return z + tanh(u);
    }

    static float addScaled(float z, float p, float c) {
        return Math.fma(c, p, z);
    }

    static float cellOfGates(float i, float f, float g, float before) {
        return Math.fma(f, before, i * g);
    }

    static float hidden(float o, float c) {
        return tanh(c) * o;
    }

    // --- BackwardGates, one unit of one row

    /** @return do and the new dc */
    static float[] output(float o, float c, float dh, float dc) {
        float t = tanh(c), x = dh * o;
        return new float[] {flushed(x * t * (1 - o)), flushed(Math.fma(1 - t * t, x, dc))};
    }

    /** @return di, df, dg and dc' */
    static float[] inputs(float i, float f, float g, float before, float dc) {
        float di = dc * i, df = dc * f;
        return new float[] {
            flushed(di * g * (1 - i)), flushed(df * (1 - f) * before), flushed(di * (1 - g * g)), flushed(df)
        };
    }

    static float throughTanh(float dz, float m) {
        return flushed(dz * (1 - m * m));
    }
}
