package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.PANEL;

import java.util.SplittableRandom;

/** Whether the kernels give the bits that their scalar twins say, and anything like the speed they are here for. */
final class SelfTest {

    /** A processor without fused multiply-adds, or a compiler that gave up, is far below this; a slow machine is far above. */
    private static final double LEAST_GFLOPS = 1.5;

    /** While a service starts on a busy core, the compiler may come to the kernels only after many seconds. */
    private static final long PATIENCE_NANOS = 20_000_000_000L;

    private static final int ROWS = 8 + 4 + 3, K = 96;

    private SelfTest() {}

    /** @return billions of additions and products a second, of one panel in the first-level cache */
    static double run() {
        try (OffHeap memory = OffHeap.ofThisThread()) {
            SplittableRandom random = new SplittableRandom(1);
            long w = random(memory, random, K * Lanes.COLUMNS), a = random(memory, random, ROWS * K);
            long start = random(memory, random, ROWS * Lanes.COLUMNS);
            long z = memory.floats(ROWS * Lanes.COLUMNS), expected = memory.floats(ROWS * Lanes.COLUMNS);
            double speed = 0;
            long began = System.nanoTime();
            do {
                long since = System.nanoTime();
                for (int n = 0; n < 200; n++) {
                    StripProducts.panel(w, K, 4, a, 4L * K, z);
                }
                speed = Math.max(speed, 200.0 * 2 * 4 * K * Lanes.COLUMNS / (System.nanoTime() - since));
            } while (speed < LEAST_GFLOPS && System.nanoTime() - began < PATIENCE_NANOS);
            if (speed < LEAST_GFLOPS) {
                throw new IllegalStateException(
                        "its products run at %.2f GFLOP/s, where at least %.1f are expected; are vectors of %d bits compiled here?"
                                .formatted(speed, LEAST_GFLOPS, 8 * Lanes.VECTOR));
            }
            Lanes.copy(start, z, ROWS * (long) PANEL);
            Lanes.copy(start, expected, ROWS * (long) PANEL);
            StripProducts.panel(w, K, ROWS, a, 4L * K, z);
            ScalarKernels.strips(w, K, ROWS, a, 4L * K, expected);
            check("a product", z, expected, ROWS * Lanes.COLUMNS);
            ForwardGates.sigmoidTimesTanh(start, PANEL, w, PANEL, z, PANEL, ROWS);
            for (int r = 0; r < ROWS; r++) {
                for (int j = 0; j < Lanes.UNITS; j++) {
                    long at = r * (long) PANEL + 4L * j;
                    Lanes.set(expected + at, ScalarKernels.sigmoidTimesTanh(Lanes.get(start + at), Lanes.get(w + at)));
                }
                check("a gate", z + r * (long) PANEL, expected + r * (long) PANEL, Lanes.UNITS);
            }
            return speed;
        }
    }

    private static long random(OffHeap memory, SplittableRandom random, int count) {
        long address = memory.floats(count);
        for (int n = 0; n < count; n++) {
            Lanes.set(address + 4L * n, (float) random.nextDouble(-2, 2));
        }
        return address;
    }

    private static void check(String what, long actual, long expected, int count) {
        for (int n = 0; n < count; n++) {
            float is = Lanes.get(actual + 4L * n), due = Lanes.get(expected + 4L * n);
            if (Float.floatToRawIntBits(is) != Float.floatToRawIntBits(due)) {
                throw new IllegalStateException(
                        "its self-test failed: for %s expected %s, got %s".formatted(what, due, is));
            }
        }
    }
}
