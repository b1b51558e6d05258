package io.tidegate.core.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.train.Seeds;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InitializationTest {

    private static final int H = 12;

    private static NetworkConfig config(CellType cell) {
        return new NetworkConfig(
                new InputConfig.Tokens(7, 3),
                List.of(new LayerConfig(cell, H, true), new LayerConfig(cell, H, false)),
                4);
    }

    @ParameterizedTest
    @EnumSource
    void theSameSeedGivesTheSameWeights(CellType cell) {
        double[] first = weights(cell, 7).values(),
                again = weights(cell, 7).values(),
                other = weights(cell, 8).values();
        assertThat(again).isEqualTo(first);
        assertThat(other).isNotEqualTo(first);
    }

    @Test
    void recurrentWeightsAreOrthogonalForEachGate() {
        double[] hh = weights(CellType.WM, 1).tensor("weight_hh_l0_reverse");
        for (int gate = 0; gate < 4; gate++) {
            for (int a = 0; a < H; a++) {
                for (int b = 0; b < H; b++) {
                    double dot = 0;
                    for (int k = 0; k < H; k++) {
                        dot += hh[(gate * H + a) * H + k] * hh[(gate * H + b) * H + k];
                    }
                    assertThat(dot).isCloseTo(a == b ? 1 : 0, within(1e-12));
                }
            }
        }
    }

    @Test
    void forgetGatesBeginOpen() {
        double[] bias = weights(CellType.LSTM, 1).tensor("bias_l1");
        for (int j = 0; j < 4 * H; j++) {
            assertThat(bias[j]).isEqualTo(j / H == 1 ? 1 : 0);
        }
    }

    @Test
    void chronoInitialisationSpreadsTheGatesMemoryOverTheSteps() {
        Weights weights = Initialization.chrono(784).weights(config(CellType.LSTM), Seeds.generator(1, "weights", 0));
        double[] bias = weights.tensor("bias_l0");
        for (int j = 0; j < H; j++) {
            assertThat(bias[H + j]).isBetween(0.0, Math.log(783));
            assertThat(bias[j]).isEqualTo(-bias[H + j]);
        }
        assertThat(Arrays.stream(bias, H, 2 * H).distinct().count()).isEqualTo(H);
    }

    @Test
    void glorotWeightsStayWithinTheirBound() {
        double bound = Math.sqrt(6.0 / (3 + H));
        assertThat(Arrays.stream(weights(CellType.WM, 1).tensor("weight_ih_l0"))
                        .map(Math::abs)
                        .max()
                        .orElseThrow())
                .isBetween(0.9 * bound, bound);
    }

    @Test
    void chronoNeedsStepsToSpreadOver() {
        assertThatThrownBy(() -> Initialization.chrono(2)).hasMessageContaining("at least 3, got 2");
    }

    /** The paper's parameter counts, one bias per gate: D = 1, H = 128. */
    @Test
    void parameterCountsAreThePapers() {
        assertThat(recurrentParameters(CellType.WM, 128)).isEqualTo(115_712);
        assertThat(recurrentParameters(CellType.LSTM, 170)).isEqualTo(116_960);
        assertThat(recurrentParameters(CellType.PEEPHOLE, 128)).isEqualTo(4 * (128 + 128 * 128 + 128) + 3 * 128);
    }

    private static int recurrentParameters(CellType cell, int hidden) {
        NetworkConfig config =
                new NetworkConfig(new InputConfig.Features(1), List.of(new LayerConfig(cell, hidden, false)), 1);
        return new ParameterLayout(config).tensor("head.weight").offset();
    }

    private static Weights weights(CellType cell, long seed) {
        return Initialization.STANDARD.weights(config(cell), Seeds.generator(seed, "weights", 0));
    }
}
