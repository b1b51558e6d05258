package io.tidegate.core.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.core.train.GradientClip;
import io.tidegate.testkit.GoldenCase;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class OptimizerTest {

    @Test
    void clippedAdamGivesTheGoldenUpdates() {
        JsonNode golden = GoldenCase.load("optimizer-adam").json();
        Adam adam = new Adam(
                golden.get("beta1").asDouble(),
                golden.get("beta2").asDouble(),
                golden.get("epsilon").asDouble());
        double[] weights = GoldenCase.flat(golden.get("start"));
        double[][] gradients = GoldenCase.array2(golden.get("gradients"));
        double[][] expected = GoldenCase.array2(golden.get("expected"));
        for (int n = 0; n < gradients.length; n++) {
            GradientClip.clip(gradients[n], golden.get("clipNorm").asDouble());
            adam.update(weights, gradients[n], golden.get("learningRate").asDouble());
            assertThat(weights).containsExactly(expected[n], within(1e-10));
        }
    }

    static Stream<Arguments> optimizers() {
        return Stream.of(
                Arguments.of("sgd", (Supplier<Optimizer>) () -> new Sgd(0), 0.05),
                Arguments.of("sgd with momentum", (Supplier<Optimizer>) () -> new Sgd(0.9), 0.01),
                Arguments.of("rmsprop", (Supplier<Optimizer>) () -> new RmsProp(0.9, 1e-8), 0.05),
                Arguments.of("adam", (Supplier<Optimizer>) Adam::new, 0.05),
                Arguments.of("adamw", (Supplier<Optimizer>) () -> new AdamW(new Adam(), 1e-4), 0.05));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("optimizers")
    void oneRestoredInTheMiddleGivesTheBitsOfOneThatWentOn(String name, Supplier<Optimizer> kind, double rate) {
        for (int saved : new int[] {0, 1, 7}) {
            SplittableRandom random = new SplittableRandom(5);
            Optimizer first = kind.get(), restored = kind.get();
            double[] weights = random.doubles(20, -1, 1).toArray();
            for (int n = 0; n < saved; n++) {
                first.update(weights, random.doubles(20, -1, 1).toArray(), rate);
            }
            double[] kept = weights.clone();
            Optimizer.Moments moments = first.moments();
            for (int n = 0; n < 5; n++) {
                double[] gradient = random.doubles(20, -1, 1).toArray();
                first.update(weights, gradient, rate);
                if (n == 0) {
                    restored.restore(moments); // after the first has gone on: its moments were copied
                }
                restored.update(kept, gradient, rate);
                assertThat(kept).isEqualTo(weights);
            }
            assertThat(restored.moments().updates()).isEqualTo(saved + 5);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("optimizers")
    void anOptimizerTakesItsOwnMomentsBack(String name, Supplier<Optimizer> kind, double rate) {
        Optimizer optimizer = kind.get();
        double[] weights = {1, 2}, again = weights.clone(), gradient = {0.3, -0.4};
        Optimizer.Moments before = optimizer.moments();
        optimizer.update(weights, gradient, rate);
        optimizer.restore(before);
        optimizer.update(again, gradient, rate);
        assertThat(again).isEqualTo(weights);
    }

    @Test
    void momentsThatDoNotFitAreRefused() {
        double[] two = {1, 2}, three = {1, 2, 3};
        refused(new Adam(), 4, List.of(two), "restoring Adam's moments: expected 2 arrays after 4 updates, got 1");
        refused(new Sgd(0.9), 4, List.of(), "restoring SGD's moments: expected 1 arrays after 4 updates, got 0");
        refused(new AdamW(new Adam(), 0), 4, List.of(two, three), "expected arrays of 2 values, got one of 3");
        refused(new RmsProp(0.9, 0), 0, List.of(two), "expected 0 arrays after 0 updates, got 1");
        Sgd used = new Sgd(0.9);
        used.update(new double[2], new double[2], 1);
        refused(used, 4, List.of(three), "expected arrays of 2 values, got one of 3");
        assertThatThrownBy(() -> used.update(three, three, 1))
                .hasMessage("SGD: expected 2 weights, as its moments have, got 3");
    }

    private static void refused(Optimizer optimizer, long updates, List<double[]> arrays, String message) {
        assertThatThrownBy(() -> optimizer.restore(new Optimizer.Moments(updates, arrays)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    /** f(w) = (w₀ − 3)² + 10 (w₁ + 1)². */
    @ParameterizedTest(name = "{0}")
    @MethodSource("optimizers")
    void everyOptimizerFindsTheBottomOfABowl(String name, Supplier<Optimizer> optimizer, double rate) {
        double[] w = {0, 0};
        Optimizer descent = optimizer.get();
        for (int n = 0; n < 2000; n++) {
            descent.update(w, new double[] {2 * (w[0] - 3), 20 * (w[1] + 1)}, rate * Math.pow(0.995, n));
        }
        assertThat(w).containsExactly(new double[] {3, -1}, within(0.01));
    }

    /** By hand: v = 0.1 · 4 = 0.4, w = 1 − 0.1 · 2 / √0.4. */
    @Test
    void rmsPropDividesByTheRunningRoot() {
        double[] w = {1};
        new RmsProp(0.9, 0).update(w, new double[] {2}, 0.1);
        assertThat(w[0]).isCloseTo(1 - 0.2 / Math.sqrt(0.4), within(1e-15));
    }

    /** Momentum 0.5 and two gradients of 1: steps of 0.1 · 1 and 0.1 · 1.5. */
    @Test
    void momentumAddsUp() {
        double[] w = {0};
        Sgd sgd = new Sgd(0.5);
        sgd.update(w, new double[] {1}, 0.1);
        sgd.update(w, new double[] {1}, 0.1);
        assertThat(w[0]).isCloseTo(-0.25, within(1e-15));
    }

    @Test
    void adamWDecaysWeightsApartFromTheGradient() {
        double[] w = {2};
        new AdamW(new Adam(), 0.1).update(w, new double[] {0}, 0.5);
        assertThat(w[0]).isCloseTo(2 - 0.5 * 0.1 * 2, within(1e-15));
    }

    @Test
    void clippingScalesTheWholeGradientAndReportsTheNormBefore() {
        double[] gradient = {3, 4};
        assertThat(GradientClip.clip(gradient, 1)).isEqualTo(5);
        assertThat(gradient).containsExactly(new double[] {0.6, 0.8}, within(1e-15));
        assertThat(GradientClip.clip(gradient, Double.POSITIVE_INFINITY)).isCloseTo(1, within(1e-15));
        assertThat(gradient).containsExactly(new double[] {0.6, 0.8}, within(1e-15));
    }
}
