package io.tidegate.core.train;

import static java.lang.Math.abs;
import static java.lang.Math.exp;
import static java.lang.Math.log;
import static java.lang.Math.max;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.Network;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.SequenceInput;
import io.tidegate.core.network.TensorSpec;
import io.tidegate.core.network.Trace;
import io.tidegate.core.network.Weights;
import java.util.Collections;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Back-propagation against central finite differences, through the head and a cross-entropy at every step and at the end. */
class BpttTest {

    private static final double EPSILON = 1e-5;

    static Stream<NetworkConfig> networks() {
        return Stream.of(CellType.values())
                .flatMap(cell -> Stream.of(
                                new InputConfig.Features(2), new InputConfig.Tokens(4, 0), new InputConfig.Tokens(4, 3))
                        .flatMap(input -> Stream.of(
                                config(input, cell, 1, false),
                                config(input, cell, 2, false),
                                config(input, cell, 2, true))));
    }

    private static NetworkConfig config(InputConfig input, CellType cell, int layers, boolean bidirectional) {
        return new NetworkConfig(input, Collections.nCopies(layers, new LayerConfig(cell, 3, bidirectional)), 3);
    }

    @ParameterizedTest
    @MethodSource("networks")
    void backPropagationAgreesWithFiniteDifferences(NetworkConfig config) {
        agreesWithFiniteDifferences(config, Dropout.NONE);
    }

    @ParameterizedTest
    @MethodSource("networks")
    void backPropagationThroughDropoutAgreesWithFiniteDifferences(NetworkConfig config) {
        agreesWithFiniteDifferences(config, new Dropout(0.4, 9));
    }

    private static void agreesWithFiniteDifferences(NetworkConfig config, Dropout dropout) {
        SplittableRandom random = new SplittableRandom(31);
        Weights weights = Weights.zeros(config);
        for (int k = 0; k < weights.values().length; k++) {
            weights.values()[k] = random.nextDouble(-0.8, 0.8);
        }
        SequenceInput x = sequence(config.input(), 5, random);

        double[] gradient = gradient(new Network(config, weights), x, dropout);

        for (TensorSpec tensor : weights.layout().tensors()) {
            for (int k = tensor.offset(); k < tensor.offset() + tensor.size(); k++) {
                double kept = weights.values()[k];
                weights.values()[k] = kept + EPSILON;
                double above = loss(new Network(config, weights), x, dropout);
                weights.values()[k] = kept - EPSILON;
                double below = loss(new Network(config, weights), x, dropout);
                weights.values()[k] = kept;
                double expected = (above - below) / (2 * EPSILON);
                assertThat(abs(gradient[k] - expected))
                        .as("%s[%d]: %s, by differences %s", tensor.name(), k - tensor.offset(), gradient[k], expected)
                        .isLessThan(1e-8 + 1e-6 * max(abs(gradient[k]), abs(expected)));
            }
        }
    }

    private static SequenceInput sequence(InputConfig input, int steps, SplittableRandom random) {
        return switch (input) {
            case InputConfig.Features(int size) -> {
                double[][] x = new double[steps][];
                for (int t = 0; t < steps; t++) {
                    x[t] = random.doubles(size, -1, 1).toArray();
                }
                yield new SequenceInput.Features(x);
            }
            case InputConfig.Tokens(int vocabulary, int embedding) ->
                new SequenceInput.OneHot(random.ints(steps, 0, vocabulary).toArray());
        };
    }

    /** The label at step t is t modulo K, that of the whole sequence 0. */
    private static double loss(Network network, SequenceInput x, Dropout dropout) {
        Trace trace = network.forward(x, network.zeroStates(), false, dropout, 3);
        double loss = crossEntropy(network.logits(Network.summary(network.config(), trace.top())), 0);
        for (int t = 0; t < x.steps(); t++) {
            loss += crossEntropy(network.logits(trace.top()[t]), label(network, t));
        }
        return loss;
    }

    private static double[] gradient(Network network, SequenceInput x, Dropout dropout) {
        Trace trace = network.forward(x, network.zeroStates(), true, dropout, 3);
        double[] gradient = new double[network.weights().values().length];
        int steps = x.steps(), size = network.config().topLayer().outputSize();
        double[][] dTop = new double[steps][size];
        for (int t = 0; t < steps; t++) {
            double[] dLogits = crossEntropyGradient(network.logits(trace.top()[t]), label(network, t));
            Bptt.backwardHead(network, trace.top()[t], dLogits, dTop[t], gradient);
        }
        double[] summary = Network.summary(network.config(), trace.top()), dSummary = new double[size];
        Bptt.backwardHead(network, summary, crossEntropyGradient(network.logits(summary), 0), dSummary, gradient);
        for (int j = 0; j < size; j++) {
            boolean forward = j < network.config().topLayer().hiddenSize();
            dTop[forward ? steps - 1 : 0][j] += dSummary[j];
        }
        Bptt.backward(network, x, trace, dTop, network.zeroStates(), gradient);
        return gradient;
    }

    private static int label(Network network, int t) {
        return t % network.config().outputs();
    }

    private static double crossEntropy(double[] logits, int label) {
        double sum = 0;
        for (double logit : logits) {
            sum += exp(logit);
        }
        return log(sum) - logits[label];
    }

    private static double[] crossEntropyGradient(double[] logits, int label) {
        double sum = 0;
        for (double logit : logits) {
            sum += exp(logit);
        }
        double[] gradient = new double[logits.length];
        for (int k = 0; k < logits.length; k++) {
            gradient[k] = exp(logits[k]) / sum - (k == label ? 1 : 0);
        }
        return gradient;
    }
}
