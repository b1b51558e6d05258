package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.GATE;
import static io.tidegate.engine.fused.Lanes.PANEL;
import static io.tidegate.engine.fused.Lanes.UNITS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kernel gives the bits of its scalar twin, before and after it is compiled. */
class KernelsTest {

    private static final int ROWS = 5, REPEATED = 20_000;

    private final SplittableRandom random = new SplittableRandom(71);
    private final OffHeap memory = new OffHeap();

    @BeforeAll
    static void compileThemAlone() {
        Jit.protectKernels();
    }

    @AfterEach
    void free() {
        memory.close();
    }

    // --- Products

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 7, 8, 13, 33})
    void productsAddInAscendingOrderWhateverTheirRows(int rows) {
        for (int k : new int[] {1, 13, 128, 207, 702}) {
            long w = floats(k * Lanes.COLUMNS), a = floats(rows * (k + 3)), start = floats(rows * Lanes.COLUMNS);
            long ar = 4L * (k + 3);
            long z = copy(start, rows * Lanes.COLUMNS), expected = copy(start, rows * Lanes.COLUMNS);
            Products.panel(w, k, rows, a, ar, 4, z, PANEL);
            ScalarKernels.panel(w, k, rows, a, ar, 4, expected, PANEL);
            same("panel", z, expected, rows * Lanes.COLUMNS);

            z = copy(start, rows * Lanes.COLUMNS);
            expected = copy(start, rows * Lanes.COLUMNS);
            StripProducts.panel(w, k, rows, a, ar, z);
            ScalarKernels.strips(w, k, rows, a, ar, expected);
            same("strips", z, expected, rows * Lanes.COLUMNS);

            z = copy(start, rows * UNITS);
            expected = copy(start, rows * UNITS);
            Products.block(w, k, rows, a, ar, 4, z, GATE);
            ScalarKernels.block(w, k, rows, a, ar, 4, expected, GATE);
            same("block", z, expected, rows * UNITS);

            z = copy(start, rows * Lanes.COLUMNS);
            expected = copy(start, rows * Lanes.COLUMNS);
            HalfProducts.panel(w, k, rows, a, ar, z, PANEL);
            ScalarKernels.halfPanel(w, k, rows, a, ar, expected, PANEL);
            same("half panel", z, expected, rows * Lanes.COLUMNS);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void fourPanelsAbreastGiveTheBitsOfEach(int rows) {
        assumeTrue(Lanes.WIDE, "for processors whose vectors have 512 bits");
        for (int k : new int[] {1, 13, 128, 207}) {
            int count = 4 * rows * Lanes.COLUMNS;
            long w = floats(4 * k * Lanes.COLUMNS), a = floats(rows * (k + 3)), start = floats(count);
            long z = copy(start, count), expected = copy(start, count), panel = (long) rows * PANEL;
            StripProducts.fourPanels(w, k, rows, a, 4L * (k + 3), z, panel);
            for (int p = 0; p < 4; p++) {
                ScalarKernels.strips(w + (long) p * k * PANEL, k, rows, a, 4L * (k + 3), expected + p * panel);
            }
            same("four panels", z, expected, count);
        }
    }

    /**
     * A kernel whose helpers the compiler stops inlining makes an object of every sum, and takes ten times as long: what it allocates
     * says so without a clock.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 8})
    void compiledProductsAllocateNothing(int rows) {
        int k = 64;
        long w = floats(4 * k * Lanes.COLUMNS), a = floats(rows * k), z = floats(4 * rows * Lanes.COLUMNS);
        allocatesNothing("panel", () -> Products.panel(w, k, rows, a, 4L * k, 4, z, PANEL));
        allocatesNothing("strips", () -> StripProducts.panel(w, k, rows, a, 4L * k, z));
        allocatesNothing("half panel", () -> HalfProducts.panel(w, k, rows, a, 4L * k, z, PANEL));
        allocatesNothing("block", () -> Products.block(w, k, rows, a, 4L * k, 4, z, GATE));
        if (Lanes.WIDE && rows <= 2) {
            allocatesNothing(
                    "four panels", () -> StripProducts.fourPanels(w, k, rows, a, 4L * k, z, (long) rows * PANEL));
        }
    }

    /** Sooner or later, when it has been compiled. */
    private static void allocatesNothing(String what, Runnable kernel) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        await().atMost(Duration.ofMinutes(2))
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .untilAsserted(() -> {
                    for (int n = 0; n < 5_000; n++) {
                        kernel.run();
                    }
                    long before = threads.getCurrentThreadAllocatedBytes();
                    for (int n = 0; n < 1_000; n++) {
                        kernel.run();
                    }
                    assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                            .as("bytes of 1,000 times " + what)
                            .isLessThan(1_000);
                });
    }

    @Test
    void exchangedStridesGiveTheGradientOfTheWeights() {
        int steps = 77, k = 9;
        long d = floats(steps * Lanes.COLUMNS), x = floats(steps * k);
        long gradient = memory.floats(k * Lanes.COLUMNS), expected = memory.floats(k * Lanes.COLUMNS);
        Products.panel(d, steps, k, x, 4, 4L * k, gradient, PANEL);
        ScalarKernels.panel(d, steps, k, x, 4, 4L * k, expected, PANEL);
        same("gradient", gradient, expected, k * Lanes.COLUMNS);
    }

    @Test
    void aLaneOfTwoHalvesStandsForWeightsWithinBfloat16() {
        for (int n = 0; n < 100_000; n++) {
            float lower = number(), upper = number();
            int lane = HalfProducts.packed(lower, upper);
            assertThat(Math.abs(HalfProducts.lower(lane) - lower)).isLessThanOrEqualTo(Math.abs(lower) / 256);
            assertThat(Math.abs(HalfProducts.upper(lane) - upper)).isLessThanOrEqualTo(Math.abs(upper) / 256);
        }
    }

    // --- Gates

    @Test
    void forwardGatesAreTheirTwins() {
        int count = ROWS * Lanes.COLUMNS;
        long z = floats(count), u = floats(count), p = floats(UNITS);
        long y = copy(z, count);
        ForwardGates.sigmoidTimesTanh(z, PANEL, u, PANEL, y, PANEL, ROWS);
        units("σ tanh", y, (r, j) -> ScalarKernels.sigmoidTimesTanh(at(z, r, j), at(u, r, j)));
        ForwardGates.cell(z, z + GATE, PANEL, u, y, PANEL, ROWS);
        units("c", y, (r, j) -> ScalarKernels.cell(at(z, r, j), at(z + GATE, r, j), at(u, r, j)));
        y = copy(z, count);
        ForwardGates.add(y, PANEL, u, PANEL, ROWS);
        units("+", y, (r, j) -> at(z, r, j) + at(u, r, j));
        y = copy(z, count);
        ForwardGates.addTanh(y, PANEL, u, PANEL, ROWS);
        units("+ tanh", y, (r, j) -> ScalarKernels.addTanh(at(z, r, j), at(u, r, j)));
        y = copy(z, count);
        ForwardGates.addScaled(y, PANEL, p, 0, u, PANEL, ROWS);
        units("+ p c", y, (r, j) -> ScalarKernels.addScaled(at(z, r, j), Lanes.get(p + 4L * j), at(u, r, j)));
        y = copy(z, count);
        ForwardGates.sigmoidInPlace(y, PANEL, ROWS);
        units("σ", y, (r, j) -> ScalarKernels.sigmoid(at(z, r, j)));
        y = copy(z, count);
        ForwardGates.tanhInPlace(y, PANEL, ROWS);
        units("tanh", y, (r, j) -> ScalarKernels.tanh(at(z, r, j)));
        y = copy(z, count);
        long m = copy(u, count);
        ForwardGates.addTanhInPlace(y, PANEL, m, PANEL, ROWS);
        units("+ tanh", y, (r, j) -> ScalarKernels.addTanh(at(z, r, j), at(u, r, j)));
        units("tanh", m, (r, j) -> ScalarKernels.tanh(at(u, r, j)));
        ForwardGates.cellOfGates(z, PANEL, u, y, PANEL, ROWS);
        units(
                "c",
                y,
                (r, j) -> ScalarKernels.cellOfGates(
                        at(z, r, j), at(z + GATE, r, j), at(z + 2 * GATE, r, j), at(u, r, j)));
        ForwardGates.hidden(z, PANEL, u, y, PANEL, ROWS);
        units("h", y, (r, j) -> ScalarKernels.hidden(at(z, r, j), at(u, r, j)));
        ForwardGates.fill(y, u, ROWS);
        units("bias", y, (r, j) -> at(u, 0, j));
        ForwardGates.gather(y, z, u, PANEL);
        for (int n = 0; n < Lanes.COLUMNS; n++) {
            float weight = Lanes.get(u + 4L * n + (n < Lanes.COLUMNS / 2 ? 0 : PANEL - Lanes.STRIP));
            assertThat(Lanes.get(y + 4L * n)).isEqualTo(Lanes.get(z + 4L * n) + weight);
        }
    }

    @Test
    void backwardGatesAreTheirTwins() {
        int count = ROWS * Lanes.COLUMNS;
        long z = floats(count), c = floats(count), dh = floats(count), dc = floats(count), p = floats(UNITS);
        for (int n = 0; n < count; n += 3) {
            Lanes.set(dh + 4L * n, Lanes.get(dh + 4L * n) * 1e-32f); // fades, and must become zero
            Lanes.set(dc + 4L * n, Lanes.get(dc + 4L * n) * 1e-32f);
        }
        long y = copy(z, count), d = copy(dc, count);
        BackwardGates.output(y, PANEL, c, dh, d, PANEL, ROWS);
        units("do", y + 3 * GATE, (r, j) -> output(z, c, dh, dc, r, j)[0]);
        units("dc", d, (r, j) -> output(z, c, dh, dc, r, j)[1]);
        y = copy(z, count);
        d = copy(dc, count);
        BackwardGates.inputs(y, PANEL, c, d, PANEL, ROWS);
        for (int gate = 0; gate < 3; gate++) {
            int which = gate;
            units("d" + gate, y + (long) gate * GATE, (r, j) -> inputs(z, c, dc, r, j)[which]);
        }
        units("dc'", d, (r, j) -> inputs(z, c, dc, r, j)[3]);
        long m = copy(c, count);
        BackwardGates.throughTanh(dh, PANEL, m, PANEL, ROWS);
        units("through tanh", m, (r, j) -> ScalarKernels.throughTanh(at(dh, r, j), at(c, r, j)));
        BackwardGates.copied(dh, PANEL, m, PANEL, ROWS);
        units("copied", m, (r, j) -> at(dh, r, j));
        d = copy(dc, count);
        BackwardGates.addScaled(d, PANEL, p, z, PANEL, ROWS);
        units("+ p dz", d, (r, j) -> ScalarKernels.addScaled(at(dc, r, j), Lanes.get(p + 4L * j), at(z, r, j)));
        long sum = copy(p, UNITS), products = copy(p, UNITS);
        BackwardGates.addSum(sum, z, PANEL, ROWS);
        BackwardGates.addProductSum(products, z, PANEL, c, PANEL, ROWS);
        for (int j = 0; j < UNITS; j++) {
            float expected = Lanes.get(p + 4L * j), product = expected;
            for (int r = 0; r < ROWS; r++) {
                expected += at(z, r, j);
                product = Math.fma(at(z, r, j), at(c, r, j), product);
            }
            assertThat(Lanes.get(sum + 4L * j)).isEqualTo(expected);
            assertThat(Lanes.get(products + 4L * j)).isEqualTo(product);
        }
        for (int odd : new int[] {1, 15, 16, 33}) {
            y = copy(z, count);
            BackwardGates.add(y, c, odd);
            d = copy(z, count);
            BackwardGates.scale(d, c, odd);
            for (int n = 0; n < count; n++) {
                float a = Lanes.get(z + 4L * n), b = Lanes.get(c + 4L * n);
                assertThat(Lanes.get(y + 4L * n)).isEqualTo(n < odd ? a + b : a);
                assertThat(Lanes.get(d + 4L * n)).isEqualTo(n < odd ? a * b : a);
            }
        }
    }

    private static float[] output(long z, long c, long dh, long dc, int r, int j) {
        return ScalarKernels.output(at(z + 3 * GATE, r, j), at(c, r, j), at(dh, r, j), at(dc, r, j));
    }

    private static float[] inputs(long z, long before, long dc, int r, int j) {
        return ScalarKernels.inputs(
                at(z, r, j), at(z + GATE, r, j), at(z + 2 * GATE, r, j), at(before, r, j), at(dc, r, j));
    }

    // --- Activations

    @Test
    void theCompilerChangesNoBit() {
        int count = 4 * Lanes.COLUMNS;
        long w = floats(64 * Lanes.COLUMNS), a = floats(4 * 64), start = floats(count);
        long first = copy(start, count);
        step(w, a, first);
        long later = 0;
        for (int n = 0; n < REPEATED; n++) {
            later = n == 0 ? copy(start, count) : later;
            Lanes.copy(start, later, 4L * count);
            step(w, a, later);
        }
        same("after " + REPEATED + " calls", later, first, count);
    }

    private static void step(long w, long a, long z) {
        StripProducts.panel(w, 64, 4, a, 4 * 64, z);
        ForwardGates.sigmoidTimesTanh(z, PANEL, z + 2 * GATE, PANEL, z, PANEL, 4);
        ForwardGates.addTanh(z + GATE, PANEL, z, PANEL, 4);
        ForwardGates.sigmoidInPlace(z + 3 * GATE, PANEL, 4);
    }

    /** A float in a thousand, and all near the bound. */
    @Test
    void tanhIsWithin4e7AndNeverBeyondOne() {
        int bound = Float.floatToRawIntBits(Activations.BOUND), steps = 0;
        for (int bits = 0; bits <= bound; bits += bits > bound - 100_000 ? 1 : 997, steps++) {
            float x = Float.intBitsToFloat(bits), y = ScalarKernels.tanh(x);
            assertThat(y).isBetween(0f, 1f);
            assertThat(Math.abs(y - Math.tanh(x))).isLessThan(4e-7);
            assertThat(ScalarKernels.tanh(-x)).isEqualTo(-y);
        }
        assertThat(steps).isGreaterThan(1_000_000);
    }

    @Test
    void beyondItsBoundAGateIsQuiteShutOrOpenAndNanStaysNan() {
        for (float x : new float[] {Activations.BOUND, 20, 1e30f, Float.POSITIVE_INFINITY}) {
            assertThat(ScalarKernels.tanh(x)).isEqualTo(1);
            assertThat(ScalarKernels.tanh(-x)).isEqualTo(-1);
            assertThat(ScalarKernels.sigmoid(2 * x)).isEqualTo(1);
            assertThat(ScalarKernels.sigmoid(-2 * x)).isEqualTo(0);
        }
        assertThat(ScalarKernels.tanh(Float.NaN)).isNaN();
        assertThat(ScalarKernels.sigmoidTimesTanh(Float.NaN, 1)).isNaN();
        assertThat(ScalarKernels.sigmoidTimesTanh(1, Float.NaN)).isNaN();
        long z = floats(UNITS);
        Lanes.set(z, Float.NaN);
        ForwardGates.tanhInPlace(z, GATE, 1);
        assertThat(Lanes.get(z)).isNaN();
        assertThat(Lanes.get(z + 4)).isNotNaN();
    }

    // --- Plumbing

    @FunctionalInterface
    private interface Expected {
        float at(int row, int unit);
    }

    private static float at(long z, int row, int unit) {
        return Lanes.get(z + (long) row * PANEL + 4L * unit);
    }

    private static void units(String what, long actual, Expected expected) {
        for (int r = 0; r < ROWS; r++) {
            for (int j = 0; j < UNITS; j++) {
                assertThat(Float.floatToRawIntBits(at(actual, r, j)))
                        .as("%s, row %d, unit %d", what, r, j)
                        .isEqualTo(Float.floatToRawIntBits(expected.at(r, j)));
            }
        }
    }

    private static void same(String what, long actual, long expected, int count) {
        for (int n = 0; n < count; n++) {
            int is = Lanes.ALL.get(ValueLayout.JAVA_INT, actual + 4L * n);
            int due = Lanes.ALL.get(ValueLayout.JAVA_INT, expected + 4L * n);
            assertThat(is).as("%s[%d]", what, n).isEqualTo(due);
        }
    }

    private float number() {
        return (float) random.nextDouble(-2, 2);
    }

    private long floats(int count) {
        long address = memory.floats(count);
        for (int n = 0; n < count; n++) {
            Lanes.set(address + 4L * n, number());
        }
        return address;
    }

    private long copy(long from, int count) {
        long address = memory.floats(count);
        Lanes.copy(from, address, 4L * count);
        return address;
    }
}
