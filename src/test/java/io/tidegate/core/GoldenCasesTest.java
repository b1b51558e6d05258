package io.tidegate.core;

import static io.tidegate.testkit.GoldenCase.array2;
import static io.tidegate.testkit.GoldenCase.array3;
import static io.tidegate.testkit.GoldenCase.flat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.core.cell.CellState;
import io.tidegate.core.cell.Tape;
import io.tidegate.core.network.Network;
import io.tidegate.core.network.SequenceInput;
import io.tidegate.core.network.Trace;
import io.tidegate.core.network.Weights;
import io.tidegate.core.train.Bptt;
import io.tidegate.testkit.GoldenCase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** The numerics in double against the golden cases, within 1e-10. */
class GoldenCasesTest {

    static List<GoldenCase> cells() {
        return GoldenCase.cells().toList();
    }

    static List<GoldenCase> networks() {
        return GoldenCase.networks().toList();
    }

    @ParameterizedTest
    @MethodSource("cells")
    void aCellGivesTheGoldenStatesAndGates(GoldenCase golden) {
        Network network = new Network(golden.config(), golden.weights());
        JsonNode expected = golden.json().get("expected");
        int direction = golden.reverse() ? 1 : 0, H = golden.config().topLayer().hiddenSize();
        for (int b = 0; b < golden.lengths().length; b++) {
            Trace trace = forward(golden, network, b);
            double[][] h = array3(expected.get("h"))[b];
            for (int t = 0; t < golden.lengths()[b]; t++) {
                close(Arrays.copyOfRange(trace.top()[t], direction * H, (direction + 1) * H), h[t]);
            }
            close(trace.finalStates().get(direction).h(), array2(expected.get("hFinal"))[b]);
            close(trace.finalStates().get(direction).c(), array2(expected.get("cFinal"))[b]);
            if (b == 0) {
                Tape[] tapes = trace.layers().getFirst().tapes().get(direction);
                Tape first = tapes[golden.reverse() ? tapes.length - 1 : 0];
                JsonNode gates = expected.get("firstStepOfFirstSequence");
                close(first.i(), flat(gates.get("i")));
                close(first.f(), flat(gates.get("f")));
                close(first.g(), flat(gates.get("g")));
                close(first.o(), flat(gates.get("o")));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void backPropagationGivesTheGoldenGradients(GoldenCase golden) {
        Network network = new Network(golden.config(), golden.weights());
        JsonNode upstream = golden.json().get("upstream"),
                expected = golden.json().get("gradients");
        int direction = golden.reverse() ? 1 : 0;
        Weights gradient = Weights.zeros(golden.config());
        for (int b = 0; b < golden.lengths().length; b++) {
            Trace trace = forward(golden, network, b);
            double[][] dTop =
                    new double[golden.lengths()[b]][golden.config().topLayer().outputSize()];
            for (int t = 0; t < dTop.length; t++) {
                double[] dh = array3(upstream.get("dh"))[b][t];
                System.arraycopy(dh, 0, dTop[t], direction * dh.length, dh.length);
            }
            List<CellState> dFinal = network.zeroStates();
            dFinal.set(
                    direction, new CellState(array2(upstream.get("dhFinal"))[b], array2(upstream.get("dcFinal"))[b]));

            Bptt.Result result = Bptt.backward(network, sequence(golden, b), trace, dTop, dFinal, gradient.values());

            for (int t = 0; t < dTop.length; t++) {
                close(result.input()[t], array3(expected.get("x"))[b][t]);
            }
            close(result.initialStates().get(direction).h(), array2(expected.get("h0"))[b]);
            close(result.initialStates().get(direction).c(), array2(expected.get("c0"))[b]);
        }
        golden.json()
                .get("parameters")
                .propertyNames()
                .forEach(parameter ->
                        close(gradient.tensor(golden.tensorName(parameter)), flat(expected.get(parameter))));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void aNetworkGivesTheGoldenOutputs(GoldenCase golden) {
        Network network = new Network(golden.config(), golden.weights());
        JsonNode expected = golden.json().get("expected");
        for (int b = 0; b < golden.lengths().length; b++) {
            Trace trace = network.forward(sequence(golden, b), network.zeroStates(), false);
            for (int t = 0; t < golden.lengths()[b]; t++) {
                close(trace.top()[t], array3(expected.get("top"))[b][t]);
            }
            close(network.logits(Network.summary(golden.config(), trace.top())), array2(expected.get("logits"))[b]);
        }
    }

    private static Trace forward(GoldenCase golden, Network network, int b) {
        List<CellState> initial = new ArrayList<>(network.zeroStates());
        initial.set(
                golden.reverse() ? 1 : 0,
                new CellState(
                        array2(golden.json().get("h0"))[b], array2(golden.json().get("c0"))[b]));
        return network.forward(sequence(golden, b), initial, true);
    }

    private static SequenceInput sequence(GoldenCase golden, int b) {
        return new SequenceInput.Features(Arrays.copyOf(golden.x()[b], golden.lengths()[b]));
    }

    private static void close(double[] actual, double[] expected) {
        assertThat(actual).containsExactly(expected, within(1e-10));
    }
}
