package io.tidegate.core.train;

import static java.lang.Math.abs;
import static java.lang.Math.exp;
import static java.lang.Math.tanh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.Network;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import io.tidegate.testkit.RandomNetworks;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GateAnalysisTest {

    private static final Batch TWO_STEPS = Batch.single(new Batch.Input.Features(new float[] {5, 5}, 1));

    private static NetworkConfig config(CellType cell, int hiddenSize, boolean bidirectional) {
        return new NetworkConfig(
                new InputConfig.Features(1), List.of(new LayerConfig(cell, hiddenSize, bidirectional)), 1);
    }

    /** One unit that ignores its input: biases 3, −3, 1, 0 for i, f, g, o; W_h 0.5 for i, −1 for o; peepholes 0.2, −0.4, 0.6. */
    @Test
    void twoStepsOfOneUnitAreAsComputedByHand() {
        NetworkConfig config = config(CellType.PEEPHOLE, 1, false);
        Weights weights = Weights.zeros(config);
        weights.set("bias_l0", new double[] {3, -3, 1, 0});
        weights.set("weight_hh_l0", new double[] {0.5, 0, 0, -1});
        weights.set("peephole_l0", new double[] {0.2, -0.4, 0.6});
        double i1 = sigmoid(3), c1 = i1 * tanh(1), h1 = sigmoid(0.6 * c1) * tanh(c1);
        double i2 = sigmoid(3 + 0.5 * h1 + 0.2 * c1), f2 = sigmoid(-3 - 0.4 * c1), c2 = f2 * c1 + i2 * tanh(1);

        GateAnalysis analysis =
                GateAnalysis.of(new Network(config, weights), TWO_STEPS, 10).getFirst();

        assertThat(analysis.i().open()).isEqualTo(1);
        assertThat(analysis.i().histogram()[19]).isEqualTo(2);
        assertThat(analysis.f().closed()).isEqualTo(1);
        assertThat(analysis.f().histogram()[0]).isEqualTo(2);
        assertThat(analysis.o().closed()).isZero();
        assertThat(analysis.o().open()).isZero();
        double o1 = sigmoid(0.6 * c1), o2 = sigmoid(-h1 + 0.6 * c2);
        assertThat(analysis.o().histogram()[(int) (20 * o1)]).isEqualTo(1);
        assertThat(analysis.o().histogram()[(int) (20 * o2)]).isEqualTo(1);

        assertThat(analysis.i().memory().orElseThrow()).isCloseTo(0.2 * c1 / 2, within(1e-15)); // c' is 0 at first
        assertThat(analysis.f().memory().orElseThrow()).isCloseTo(0.4 * c1 / 2, within(1e-15));
        assertThat(analysis.o().memory().orElseThrow()).isCloseTo(0.6 * (c1 + c2) / 2, within(1e-15));
        assertThat(analysis.i().recurrent()).isCloseTo(0.5 * h1 / 2, within(1e-15));
        assertThat(analysis.f().recurrent()).isZero();
        assertThat(analysis.o().recurrent()).isCloseTo(h1 / 2, within(1e-15));

        GateAnalysis.OverTime time = analysis.overTime();
        assertThat(time.stepsPerPoint()).isEqualTo(1);
        assertThat(time.cell()).containsExactly(new double[] {c1, c2}, within(1e-15));
        assertThat(time.memory())
                .containsExactly(new double[] {0.6 * c1 / 3, (0.6 * c1 + 0.6 * c2) / 3}, within(1e-15));
        assertThat(time.recurrent()).containsExactly(new double[] {0, 1.5 * h1 / 3}, within(1e-15));
    }

    @Test
    void workingMemoryIsMeasuredAfterItsTanhAndFullPeepholesAsTheyAre() {
        for (CellType cell : List.of(CellType.WM, CellType.PEEPHOLE_FULL)) {
            NetworkConfig config = config(cell, 1, false);
            Weights weights = Weights.zeros(config);
            weights.set("bias_l0", new double[] {3, 0, 1, 0});
            weights.set("weight_ch_l0", new double[] {-7, 0, 0});
            double seen = 7 * sigmoid(3) * tanh(1);
            GateAnalysis analysis =
                    GateAnalysis.of(new Network(config, weights), TWO_STEPS, 10).getFirst();
            assertThat(analysis.i().memory().orElseThrow())
                    .isCloseTo((cell == CellType.WM ? tanh(seen) : seen) / 2, within(1e-15));
            assertThat(analysis.f().memory()).hasValue(0);
        }
    }

    @Test
    void theLstmHasNoMemoryTerm() {
        Network network = random(config(CellType.LSTM, 4, false));
        GateAnalysis analysis = GateAnalysis.of(network, TWO_STEPS, 10).getFirst();
        assertThat(List.of(
                        analysis.i().memory(),
                        analysis.f().memory(),
                        analysis.o().memory()))
                .containsOnly(OptionalDouble.empty());
        assertThat(analysis.overTime().memory()).isNull();
        assertThat(analysis.i().recurrent()).isPositive();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "LSTM")
    void cellToGateWeightsOfZeroGiveMemoryTermsOfZeroAndTheGatesOfAnLstm(CellType cell) {
        Network lstm = random(config(CellType.LSTM, 4, false));
        Weights weights = Weights.zeros(config(cell, 4, false));
        lstm.weights().layout().tensors().forEach(tensor -> {
            weights.set(tensor.name(), lstm.weights().tensor(tensor.name()));
        });
        Batch batch = new RandomNetworks(72).batch(lstm.config(), 3, 12);
        GateAnalysis expected = GateAnalysis.of(lstm, batch, 4).getFirst();
        GateAnalysis analysis = GateAnalysis.of(new Network(config(cell, 4, false), weights), batch, 4)
                .getFirst();
        assertThat(analysis.i().memory()).hasValue(0);
        assertThat(analysis.o().memory()).hasValue(0);
        assertThat(analysis.overTime().memory()).containsOnly(0);
        assertThat(analysis.f().histogram()).isEqualTo(expected.f().histogram());
        assertThat(analysis.overTime().cell()).isEqualTo(expected.overTime().cell());
        assertThat(analysis.o().recurrent()).isEqualTo(expected.o().recurrent());
    }

    @Test
    void theBackwardDirectionIsSeenInItsOwnOrder() {
        Network both = random(config(CellType.WM, 3, true));
        for (String name : List.of("weight_ih", "weight_hh", "weight_ch", "bias")) {
            both.weights().set(name + "_l0_reverse", both.weights().tensor(name + "_l0"));
        }
        Network network = new Network(both.config(), both.weights());
        float[] x = {1, -2, 3, -4, 5}, reversed = {5, -4, 3, -2, 1};
        List<GateAnalysis> one = GateAnalysis.of(network, Batch.single(new Batch.Input.Features(x, 1)), 5);
        List<GateAnalysis> other = GateAnalysis.of(network, Batch.single(new Batch.Input.Features(reversed, 1)), 5);
        assertThat(one.get(1).reverse()).isTrue();
        assertThat(one.get(1).overTime().cell())
                .isEqualTo(other.get(0).overTime().cell())
                .isNotEqualTo(one.get(0).overTime().cell());
        assertThat(one.get(1).overTime().memory())
                .isEqualTo(other.get(0).overTime().memory());
        assertThat(one.get(1).overTime().recurrent())
                .isEqualTo(other.get(0).overTime().recurrent());
    }

    /** Sequences of 5 and 3 steps at two points, of 3 steps each: the second point has two steps of the first alone. */
    @Test
    void aPointIsTheMeanOfItsStepsOverTheSequencesThatReachThem() {
        Network network = random(config(CellType.PEEPHOLE, 3, false));
        float[] x = {1, -2, 3, -4, 5, 6, -7, 8};
        Batch batch = new Batch(new Batch.Input.Features(x, 1), new int[] {0, 5, 8});
        double[] first = GateAnalysis.of(network, Batch.single(new Batch.Input.Features(Arrays.copyOf(x, 5), 1)), 5)
                .getFirst()
                .overTime()
                .cell();
        double[] second = GateAnalysis.of(
                        network, Batch.single(new Batch.Input.Features(Arrays.copyOfRange(x, 5, 8), 1)), 5)
                .getFirst()
                .overTime()
                .cell();
        GateAnalysis.OverTime time =
                GateAnalysis.of(network, batch, 2).getFirst().overTime();
        assertThat(time.stepsPerPoint()).isEqualTo(3);
        double early = (first[0] + first[1] + first[2] + second[0] + second[1] + second[2]) / 6;
        assertThat(time.cell()).containsExactly(new double[] {early, (first[3] + first[4]) / 2}, within(1e-12));
        assertThatThrownBy(() -> GateAnalysis.of(network, batch, 0))
                .hasMessage("points over time: expected at least 1, got 0");
    }

    @Test
    void exactlyATenthIsNotClosedAndExactlyNineTenthsIsNotOpen() {
        GateTally tally = new GateTally();
        tally.add(new double[] {0.1, 0.9, 0, 1, Math.nextDown(0.1)});
        assertThat(tally.closed()).isEqualTo(0.4);
        assertThat(tally.open()).isEqualTo(0.2);
        assertThat(tally.histogram()[0] + tally.histogram()[1]).isEqualTo(2);
        assertThat(tally.histogram()[19]).isEqualTo(1);
        assertThat(Arrays.stream(tally.histogram()).sum()).isEqualTo(5);
        assertThat(abs(new GateTally().open())).isZero();
    }

    private static Network random(NetworkConfig config) {
        return new Network(config, new RandomNetworks(71).weights(config));
    }

    private static double sigmoid(double a) {
        return 1 / (1 + exp(-a));
    }
}
