package io.tidegate.core.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.core.cell.CellType;
import io.tidegate.testkit.RandomNetworks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DropoutTest {

    @Test
    void aFactorIsZeroAtTheRateAndElseMakesUpForIt() {
        for (double rate : new double[] {0.1, 0.5, 0.9}) {
            double[] factors = new Dropout(rate, 7).factors(0, 3, 100_000);
            assertThat(factors).containsOnly(0, 1 / (1 - rate));
            assertThat(Arrays.stream(factors).average().orElseThrow())
                    .isCloseTo(1, within(5 * Math.sqrt(rate / (1 - rate) / factors.length)));
        }
    }

    /** Any two of a key's, a layer's or a row's neighbours agree in as many units as chance would have it: half. */
    @Test
    void keysLayersRowsAndUnitsDrawApart() {
        List<double[]> drawn = new ArrayList<>();
        for (long key = 0; key < 3; key++) {
            for (int layer = 0; layer < 3; layer++) {
                for (int row = 0; row < 3; row++) {
                    double[] factors = new Dropout(0.5, key).factors(layer, row, 10_001);
                    drawn.add(Arrays.copyOf(factors, 10_000));
                    drawn.add(Arrays.copyOfRange(factors, 1, 10_001));
                }
            }
        }
        for (int a = 0; a < drawn.size(); a++) {
            for (int b = 0; b < a; b++) {
                double[] one = drawn.get(a), other = drawn.get(b);
                long equal = IntStream.range(0, 10_000)
                        .filter(j -> one[j] == other[j])
                        .count();
                assertThat(equal / 10_000.0).as("%s and %s", a, b).isCloseTo(0.5, within(0.03));
            }
        }
    }

    /** A checkpoint taken up by a later version must draw what an earlier one would have. */
    @Test
    void theFactorsOfAKeyNeverChange() {
        double[] factors = new Dropout(0.5, 2021).factors(1, 12, 16);
        String kept = DoubleStream.of(factors).mapToObj(f -> f == 0 ? "0" : "1").reduce("", String::concat);
        assertThat(kept).isEqualTo("1010010101001101");
    }

    @Test
    void carriedStatesAndTheFirstLayerAreLeftAlone() {
        NetworkConfig config = RandomNetworks.config(new InputConfig.Features(3), CellType.WM, 2, true);
        Network network = new Network(config, new RandomNetworks(51).weights(config));
        SequenceInput x = new SequenceInput.Features(new double[][] {{1, 2, 3}, {-1, 0, 1}, {0.5, 0.2, 0.1}});
        Trace plain = network.forward(x, network.zeroStates(), true);
        Trace dropped = network.forward(x, network.zeroStates(), true, new Dropout(0.5, 4), 20);
        for (int d = 0; d < 2; d++) {
            assertThat(dropped.finalStates().get(d).h())
                    .isEqualTo(plain.finalStates().get(d).h());
            assertThat(dropped.finalStates().get(2 + d).h())
                    .isNotEqualTo(plain.finalStates().get(2 + d).h());
        }
        double[] h = dropped.layers().getLast().tapes().getFirst()[2].after().h();
        assertThat(dropped.finalStates().get(2).h()).isEqualTo(h).doesNotContain(0);
        double[] factors = new Dropout(0.5, 4).factors(1, 22, 14);
        for (int j = 0; j < h.length; j++) {
            assertThat(dropped.top()[2][j]).isEqualTo(h[j] * factors[j]);
        }
    }

    @Test
    void aRateThatLeavesNothingIsRefused() {
        for (double rate : new double[] {-0.1, 1, Double.NaN}) {
            assertThatThrownBy(() -> new Dropout(rate, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("dropout: expected a rate from 0 up to, but not including, 1, got " + rate);
        }
    }
}
