package io.tidegate.core.train;

import static java.lang.Math.exp;
import static java.lang.Math.log;
import static java.lang.Math.sqrt;
import static java.lang.Math.tanh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.core.cell.CellState;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.cell.Tape;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.Network;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Trace;
import io.tidegate.testkit.RandomNetworks;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GradientFlowTest {

    private static final int STEPS = 5, H = 3;

    private final RandomNetworks random = new RandomNetworks(81);

    private static NetworkConfig config(CellType cell) {
        return new NetworkConfig(
                new InputConfig.Features(2),
                List.of(new LayerConfig(CellType.LSTM, 4, false), new LayerConfig(cell, H, false)),
                3);
    }

    /** By starting anew after step t, from a state that differs a little. */
    @ParameterizedTest
    @EnumSource(CellType.class)
    void theNormsAgreeWithFiniteDifferences(CellType cell) {
        NetworkConfig config = config(cell);
        Network network = new Network(config, random.weights(config));
        Batch batch = Batch.single(new Batch.Input.Features(random.floats(STEPS * 2), 2));
        int[] labels = {0, 2, 1, 1, 0};

        GradientFlow flow = GradientFlow.of(network, batch, new Targets.StepLabels(labels), STEPS);

        assertThat(flow.stepsPerPoint()).isEqualTo(1);
        for (int t = 0; t < STEPS; t++) {
            int step = t;
            Trace until = network.forward(batch.sequence(0, 0, t + 1), network.zeroStates(), true);
            CellState lower = until.finalStates().get(0),
                    top = until.finalStates().get(1);
            Tape tape = until.layers().get(1).tapes().getFirst()[t];
            double dh = norm(top.h(), h -> loss(network, batch, step, labels, lower, new CellState(h, top.c())));
            double dc = norm(
                    top.c(),
                    c -> loss(network, batch, step, labels, lower, new CellState(hidden(network, tape, c), c)));
            assertThat(flow.h()[t]).as("h at %s", t).isCloseTo(dh, within(1e-6));
            assertThat(flow.c()[t]).as("c at %s", t).isCloseTo(dc, within(1e-6));
        }
    }

    @Test
    void sequencesAreAveragedAndShareTheBatchesMean() {
        NetworkConfig config = config(CellType.WM);
        Network network = new Network(config, random.weights(config));
        float[] x = random.floats(3 * 2);
        GradientFlow one = GradientFlow.of(
                network, Batch.single(new Batch.Input.Features(x, 2)), new Targets.Labels(new int[] {1}), 3);
        float[] twice = new float[12];
        System.arraycopy(x, 0, twice, 0, 6);
        System.arraycopy(x, 0, twice, 6, 6);
        Batch two = Batch.uniform(new Batch.Input.Features(twice, 2), 2);
        GradientFlow both = GradientFlow.of(network, two, new Targets.Labels(new int[] {1, 1}), 3);
        for (int t = 0; t < 3; t++) {
            assertThat(both.h()[t]).isCloseTo(one.h()[t] / 2, within(1e-7));
        }
    }

    /** The mean loss over a sequence's steps as far as it depends on the states after step t. */
    private static double loss(Network network, Batch batch, int t, int[] labels, CellState lower, CellState top) {
        double sum = crossEntropy(network.logits(top.h()), labels[t]);
        if (t + 1 < STEPS) {
            double[][] rest = network.forward(batch.sequence(0, t + 1, STEPS), List.of(lower, top), false)
                    .top();
            for (int s = 0; s < rest.length; s++) {
                sum += crossEntropy(network.logits(rest[s]), labels[t + 1 + s]);
            }
        }
        return sum / STEPS;
    }

    /** h = o tanh(c), where o sees a c that is not the one it saw. */
    private static double[] hidden(Network network, Tape tape, double[] c) {
        double[] h = new double[H], memory = memory(network, c);
        for (int j = 0; j < H; j++) {
            double rest = log(tape.o()[j] / (1 - tape.o()[j])) - tape.memoryO()[j];
            h[j] = tanh(c[j]) / (1 + exp(-rest - memory[j]));
        }
        return h;
    }

    /** What the output gate sees of the cell. */
    private static double[] memory(Network network, double[] c) {
        CellType cell = network.config().topLayer().cell();
        double[] memory = new double[H];
        for (int j = 0; j < H; j++) {
            if (cell == CellType.PEEPHOLE) {
                memory[j] = network.weights().tensor("peephole_l1")[2 * H + j] * c[j];
            } else if (cell != CellType.LSTM) {
                for (int k = 0; k < H; k++) {
                    memory[j] += network.weights().tensor("weight_ch_l1")[(2 * H + j) * H + k] * c[k];
                }
                memory[j] = cell == CellType.WM ? tanh(memory[j]) : memory[j];
            }
        }
        return memory;
    }

    private static double norm(double[] at, ToDoubleFunction<double[]> loss) {
        double sum = 0, epsilon = 1e-5;
        for (int j = 0; j < at.length; j++) {
            double[] above = at.clone(), below = at.clone();
            above[j] += epsilon;
            below[j] -= epsilon;
            double slope = (loss.applyAsDouble(above) - loss.applyAsDouble(below)) / (2 * epsilon);
            sum += slope * slope;
        }
        return sqrt(sum);
    }

    private static double crossEntropy(double[] logits, int label) {
        double sum = 0;
        for (double logit : logits) {
            sum += exp(logit);
        }
        return log(sum) - logits[label];
    }
}
