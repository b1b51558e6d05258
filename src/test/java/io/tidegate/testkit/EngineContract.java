package io.tidegate.testkit;

import static io.tidegate.testkit.GoldenCase.array2;
import static io.tidegate.testkit.GoldenCase.flat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.ActivationCheckpointing;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.Gradients;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.Objective;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.ReferenceEngine;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.TensorSpec;
import io.tidegate.core.network.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** What every engine owes its callers, through the SPI alone. Its test class extends this. */
public abstract class EngineContract {

    private static final Set<Output> ALL = EnumSet.allOf(Output.class);

    protected abstract Engine engine();

    /** How far a number may lie from the right one, as a part of its array's largest magnitude: float32's due. */
    protected double tolerance() {
        return 2e-5;
    }

    /** How far a sequence's outputs may change with the batch, or the split, in which it is run. */
    protected abstract double batchTolerance();

    static List<GoldenCase> cells() {
        return GoldenCase.cells().toList();
    }

    static List<GoldenCase> networks() {
        return GoldenCase.networks().toList();
    }

    static Stream<NetworkConfig> shapes() {
        return RandomNetworks.shapes();
    }

    // --- Golden cases
    // -------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("cells")
    void aCellGivesTheGoldenStates(GoldenCase golden) {
        JsonNode expected = golden.json().get("expected");
        try (LoadedNetwork network = engine().load(golden.config(), golden.weights())) {
            States states = goldenStates(golden, network, "h0", "c0");
            Outputs outputs = network.run(golden.batch(), states, EnumSet.of(Output.HIDDEN));

            close("h", direction(golden, outputs.hidden()), golden.packed(expected.get("h")));
            States last = goldenStates(golden, network, expected, "hFinal", "cFinal");
            close("final states", rows(states), rows(last));
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void backPropagationGivesTheGoldenGradients(GoldenCase golden) {
        JsonNode upstream = golden.json().get("upstream"),
                expected = golden.json().get("gradients");
        try (LoadedNetwork network = engine().load(golden.config(), golden.weights())) {
            float[] dHidden = bothDirections(golden, golden.packed(upstream.get("dh")));
            float[] dFinal = rows(goldenStates(golden, network, upstream, "dhFinal", "dcFinal"));
            Objective objective = objective(new Outputs(new float[0], new float[0], dHidden), dFinal);

            Gradients gradients =
                    network.backpropagate(golden.batch(), goldenStates(golden, network, "h0", "c0"), objective);

            Weights weights = new Weights(golden.weights().layout(), gradients.weights());
            golden.json().get("parameters").propertyNames().forEach(name -> {
                close(name, weights.tensor(golden.tensorName(name)), flat(expected.get(name)));
            });
            close("x", gradients.input(), golden.packed(expected.get("x")));
            States initial = goldenStates(golden, network, expected, "h0", "c0");
            close("initial states", gradients.initialStates(), rows(initial));
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void aNetworkGivesTheGoldenOutputs(GoldenCase golden) {
        JsonNode expected = golden.json().get("expected");
        try (LoadedNetwork network = engine().load(golden.config(), golden.weights())) {
            Outputs outputs = network.run(
                    golden.batch(), network.zeroStates(golden.batch().sequences()), ALL);
            close("top", outputs.hidden(), golden.packed(expected.get("top")));
            close("logits", outputs.logits(), floats(flat(expected.get("logits"))));
        }
    }

    // --- Agreement with the reference
    // -----------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("shapes")
    protected void itsOutputsAndFinalStatesAreTheReferences(NetworkConfig config) {
        RandomNetworks random = new RandomNetworks(11);
        Weights weights = random.weights(config);
        try (LoadedNetwork network = engine().load(config, weights);
                LoadedNetwork reference = new ReferenceEngine().load(config, weights)) {
            for (int sequences : new int[] {1, 3, 17}) {
                Batch batch = random.batch(config, sequences, 12);
                float[] initial = random.floats(sequences * config.stateSize());
                States states = states(network, initial), referenceStates = states(reference, initial);
                Outputs actual = network.run(batch, states, ALL);
                Outputs expected = reference.run(batch, referenceStates, ALL);
                close("logits", actual.logits(), expected.logits());
                close("step logits", actual.stepLogits(), expected.stepLogits());
                close("hidden", actual.hidden(), expected.hidden());
                close("final states", rows(states), rows(referenceStates));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void itsGradientsAreTheReferences(NetworkConfig config) {
        RandomNetworks random = new RandomNetworks(12);
        Weights weights = random.weights(config);
        try (LoadedNetwork network = engine().load(config, weights);
                LoadedNetwork reference = new ReferenceEngine().load(config, weights)) {
            for (int sequences : new int[] {1, 3, 17}) {
                Batch batch = random.batch(config, sequences, 12);
                float[] initial = random.floats(sequences * config.stateSize());
                for (Set<Output> reads : List.of(
                        ALL, EnumSet.of(Output.LOGITS), EnumSet.of(Output.STEP_LOGITS), EnumSet.noneOf(Output.class))) {
                    Objective objective = random.objective(config, batch, reads);
                    sameGradients(network, reference, batch, initial, objective);
                }
            }
        }
    }

    /** In ragged batches, with every output read and none, and states that go in and come out. */
    @ParameterizedTest
    @MethodSource("shapes")
    void activationCheckpointingGivesTheReferencesGradients(NetworkConfig config) {
        RandomNetworks random = new RandomNetworks(12);
        Weights weights = random.weights(config);
        if (config.bidirectional()) {
            try (LoadedNetwork network = engine().load(config, weights)) {
                assertThatThrownBy(() -> new ActivationCheckpointing(network))
                        .isInstanceOf(IllegalArgumentException.class);
            }
            return;
        }
        try (LoadedNetwork network = new ActivationCheckpointing(engine().load(config, weights));
                LoadedNetwork reference = new ReferenceEngine().load(config, weights)) {
            for (int steps : new int[] {1, 2, 40}) {
                Batch batch = random.batch(config, 7, steps);
                float[] initial = random.floats(7 * config.stateSize());
                for (Set<Output> reads : List.of(
                        ALL, EnumSet.of(Output.LOGITS), EnumSet.of(Output.STEP_LOGITS), EnumSet.noneOf(Output.class))) {
                    sameGradients(network, reference, batch, initial, random.objective(config, batch, reads));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(CellType.class)
    void hundredsOfStepsInBothDirectionsGiveTheReferencesGradients(CellType cell) {
        RandomNetworks random = new RandomNetworks(13);
        NetworkConfig config = RandomNetworks.config(new InputConfig.Features(3), cell, 1, true);
        Weights weights = random.weights(config);
        try (LoadedNetwork network = engine().load(config, weights);
                LoadedNetwork reference = new ReferenceEngine().load(config, weights)) {
            Batch batch = random.batch(config, 3, 300);
            float[] initial = random.floats(3 * config.stateSize());
            sameGradients(network, reference, batch, initial, random.objective(config, batch, ALL));
        }
    }

    @Test
    void aLongSequenceRunsInBoundedWindowsAsTheReferenceDoes() {
        RandomNetworks random = new RandomNetworks(14);
        NetworkConfig config = RandomNetworks.config(new InputConfig.Features(1), CellType.WM, 2, false);
        Weights weights = random.weights(config);
        Batch batch = Batch.single(new Batch.Input.Features(random.floats(20_000), 1));
        try (LoadedNetwork network = engine().load(config, weights);
                LoadedNetwork reference = new ReferenceEngine().load(config, weights)) {
            States states = network.zeroStates(1), referenceStates = reference.zeroStates(1);
            Outputs actual = network.run(batch, states, ALL), expected = reference.run(batch, referenceStates, ALL);
            close("step logits", actual.stepLogits(), expected.stepLogits());
            close("logits", actual.logits(), expected.logits());
            close("final states", rows(states), rows(referenceStates));
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    protected void itsGradientsThroughDropoutAreTheReferences(NetworkConfig config) {
        RandomNetworks random = new RandomNetworks(21);
        Weights weights = random.weights(config);
        try (LoadedNetwork network = engine().load(config, weights);
                LoadedNetwork reference = new ReferenceEngine().load(config, weights)) {
            Batch batch = random.batch(config, 5, 12);
            float[] initial = random.floats(5 * config.stateSize());
            for (Set<Output> reads : List.of(
                    ALL, EnumSet.of(Output.LOGITS), EnumSet.of(Output.STEP_LOGITS), EnumSet.noneOf(Output.class))) {
                Recorded objective = new Recorded(random.objective(config, batch, reads));
                Dropout dropout = new Dropout(0.3, reads.size());
                sameGradients(network, reference, batch, initial, objective, dropout);
                Outputs actual = objective.outputs.getFirst(), expected = objective.outputs.getLast();
                close("logits", actual.logits(), expected.logits());
                close("step logits", actual.stepLogits(), expected.stepLogits());
                close("hidden", actual.hidden(), expected.hidden());
            }
        }
    }

    /** Along a random direction, in what the objective saw: d/dε Σ upstream · outputs(w + ε v) = ∂L/∂w · v. */
    @ParameterizedTest
    @MethodSource("shapes")
    void itsGradientThroughDropoutAgreesWithFiniteDifferences(NetworkConfig config) {
        RandomNetworks random = new RandomNetworks(22);
        Weights weights = random.weights(config);
        Batch batch = random.batch(config, 4, 12);
        int K = config.outputs();
        Outputs upstream = new Outputs(
                random.floats(4 * K),
                random.floats(batch.totalSteps() * K),
                random.floats(batch.totalSteps() * config.topLayer().outputSize()));
        float[] v = random.floats(weights.values().length);
        double epsilon = 2e-3;
        double[] losses = new double[2];
        for (int side = 0; side < 2; side++) {
            Weights moved = weights.copy();
            for (int k = 0; k < v.length; k++) {
                moved.values()[k] += (side == 0 ? epsilon : -epsilon) * v[k];
            }
            Recorded objective = new Recorded(objective(upstream, new float[0]));
            withDropout(config, moved, batch, objective);
            losses[side] = dot(upstream, objective.outputs.getFirst());
        }
        double[] gradient = withDropout(config, weights, batch, objective(upstream, new float[0]))
                .weights();
        double slope = 0, norm = 0;
        for (int k = 0; k < v.length; k++) {
            slope += gradient[k] * v[k];
            norm += gradient[k] * gradient[k];
        }
        assertThat((losses[0] - losses[1]) / (2 * epsilon)).isCloseTo(slope, offset(2e-3 * Math.sqrt(norm)));
    }

    private Gradients withDropout(NetworkConfig config, Weights weights, Batch batch, Objective objective) {
        try (LoadedNetwork network = engine().load(config, weights)) {
            return network.backpropagate(batch, network.zeroStates(batch.sequences()), objective, new Dropout(0.3, 17));
        }
    }

    private static double dot(Outputs a, Outputs b) {
        return dot(a.logits(), b.logits()) + dot(a.stepLogits(), b.stepLogits()) + dot(a.hidden(), b.hidden());
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int k = 0; k < a.length; k++) {
            sum += (double) a[k] * b[k];
        }
        return sum;
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void dropoutAtRateZeroChangesNoBit(NetworkConfig config) {
        RandomNetworks random = new RandomNetworks(23);
        Batch batch = random.batch(config, 5, 12);
        Objective objective = random.objective(config, batch, ALL);
        try (LoadedNetwork network = engine().load(config, random.weights(config))) {
            Gradients first = network.backpropagate(batch, network.zeroStates(5), objective);
            Gradients without = new Gradients(first.weights().clone(), first.input(), first.initialStates());
            Gradients with = network.backpropagate(batch, network.zeroStates(5), objective, new Dropout(0, 99));
            sameBits(with, without);
        }
    }

    private static void sameBits(Gradients actual, Gradients expected) {
        assertThat(actual.weights()).isEqualTo(expected.weights());
        assertThat(actual.input()).isEqualTo(expected.input());
        assertThat(actual.initialStates()).isEqualTo(expected.initialStates());
    }

    private void sameGradients(
            LoadedNetwork network, LoadedNetwork reference, Batch batch, float[] initial, Objective objective) {
        sameGradients(network, reference, batch, initial, objective, Dropout.NONE);
    }

    private void sameGradients(
            LoadedNetwork network,
            LoadedNetwork reference,
            Batch batch,
            float[] initial,
            Objective objective,
            Dropout dropout) {
        States states = states(network, initial), referenceStates = states(reference, initial);
        Gradients actual = network.backpropagate(batch, states, objective, dropout);
        Gradients expected = reference.backpropagate(batch, referenceStates, objective, dropout);
        Weights layout = Weights.zeros(network.config());
        for (TensorSpec tensor : layout.layout().tensors()) {
            close(
                    tensor.name(),
                    new Weights(layout.layout(), actual.weights()).tensor(tensor.name()),
                    new Weights(layout.layout(), expected.weights()).tensor(tensor.name()));
        }
        close("input", actual.input(), expected.input());
        close("initial states", actual.initialStates(), expected.initialStates());
        close("final states", rows(states), rows(referenceStates));
    }

    // --- Promises of the SPI
    // --------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("shapes")
    protected void aSequencesResultDoesNotDependOnItsBatchMates(NetworkConfig config) {
        RandomNetworks random = new RandomNetworks(15);
        int sequences = 9, K = config.outputs(), size = config.stateSize();
        try (LoadedNetwork network = engine().load(config, random.weights(config))) {
            Batch batch = random.batch(config, sequences, 12);
            float[] initial = random.floats(sequences * size);
            States together = states(network, initial);
            Outputs all = network.run(batch, together, ALL);
            for (int b = 0; b < sequences; b++) {
                States alone = states(network, Arrays.copyOfRange(initial, b * size, (b + 1) * size));
                Outputs one = network.run(part(batch, b, 0, batch.length(b)), alone, ALL);
                int from = batch.offsets()[b], to = batch.offsets()[b + 1];
                same("logits", one.logits(), Arrays.copyOfRange(all.logits(), b * K, (b + 1) * K));
                same("step logits", one.stepLogits(), Arrays.copyOfRange(all.stepLogits(), from * K, to * K));
                same("state", rows(alone), Arrays.copyOfRange(rows(together), b * size, (b + 1) * size));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void aSequenceFedInPartsEqualsTheWhole(NetworkConfig config) {
        if (config.bidirectional()) {
            return; // must be known whole
        }
        RandomNetworks random = new RandomNetworks(16);
        int K = config.outputs();
        try (LoadedNetwork network = engine().load(config, random.weights(config))) {
            Batch batch = random.batch(config, 1, 12);
            int steps = batch.totalSteps();
            States whole = network.zeroStates(1);
            Outputs expected = network.run(batch, whole, ALL);
            for (int part = 1; part < steps; part++) {
                States carried = network.zeroStates(1);
                for (int from = 0; from < steps; from += part) {
                    int to = Math.min(steps, from + part);
                    Outputs outputs = network.run(part(batch, 0, from, to), carried, ALL);
                    float[] stepLogits = Arrays.copyOfRange(expected.stepLogits(), from * K, to * K);
                    same("step logits", outputs.stepLogits(), stepLogits);
                }
                same("states", rows(carried), rows(whole));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void anEngineTakesOverChangedWeights(NetworkConfig config) {
        RandomNetworks random = new RandomNetworks(17);
        Weights changed = random.weights(config);
        Batch batch = random.batch(config, 3, 12);
        try (LoadedNetwork network = engine().load(config, random.weights(config));
                LoadedNetwork fresh = engine().load(config, changed)) {
            Objective objective = random.objective(config, batch, ALL);
            network.run(batch, network.zeroStates(3), ALL);
            network.backpropagate(batch, network.zeroStates(3), objective);

            network.update(changed);

            same(
                    "logits",
                    network.run(batch, network.zeroStates(3), ALL).logits(),
                    fresh.run(batch, fresh.zeroStates(3), ALL).logits());
            close(
                    "gradient",
                    network.backpropagate(batch, network.zeroStates(3), objective)
                            .weights(),
                    fresh.backpropagate(batch, fresh.zeroStates(3), objective).weights());
        }
    }

    @Test
    void concurrentRunsOfOneNetworkGiveWhatSerialOnesDo() throws Exception {
        RandomNetworks random = new RandomNetworks(18);
        NetworkConfig config = RandomNetworks.config(new InputConfig.Tokens(5, 0), CellType.WM, 2, true);
        try (LoadedNetwork network = engine().load(config, random.weights(config));
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Batch> batches = new ArrayList<>();
            List<float[]> serial = new ArrayList<>();
            for (int k = 0; k < 40; k++) {
                batches.add(random.batch(config, 1 + k % 7, 12));
                serial.add(logits(network, batches.get(k)));
            }
            List<Future<float[]>> running = batches.stream()
                    .map(batch -> threads.submit(() -> logits(network, batch)))
                    .toList();
            for (int k = 0; k < running.size(); k++) {
                same("logits", running.get(k).get(), serial.get(k));
            }
        }
    }

    @Test
    void trainersOnManyThreadsGetTheBitsOfOne() throws Exception {
        RandomNetworks random = new RandomNetworks(24);
        NetworkConfig config = RandomNetworks.config(new InputConfig.Features(3), CellType.WM, 2, true);
        Weights weights = random.weights(config);
        Batch batch = random.batch(config, 9, 12);
        Objective objective = random.objective(config, batch, ALL);
        Gradients alone = withDropout(config, weights, batch, objective);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Gradients>> running = Stream.generate(
                            () -> threads.submit(() -> withDropout(config, weights, batch, objective)))
                    .limit(12)
                    .toList();
            for (Future<Gradients> each : running) {
                sameBits(each.get(), alone);
            }
        }
    }

    @Test
    void whatDoesNotFitTheNetworkIsRefused() {
        NetworkConfig features = RandomNetworks.config(new InputConfig.Features(3), CellType.LSTM, 1, false);
        NetworkConfig tokens = RandomNetworks.config(new InputConfig.Tokens(5, 0), CellType.LSTM, 1, false);
        refused(features, new Batch.Input.Features(new float[8], 2), "expected 3 features per step, got 2");
        refused(features, new Batch.Input.Tokens(new int[] {1}), "expected 3 features per step, got tokens");
        refused(tokens, new Batch.Input.Features(new float[8], 2), "expected tokens, got 2 features per step");
        refused(tokens, new Batch.Input.Tokens(new int[] {4, 5}), "expected tokens from 0 to 4, step 1 has 5");
        refused(tokens, new Batch.Input.Tokens(new int[] {-1}), "expected tokens from 0 to 4, step 0 has -1");
    }

    @Test
    void statesOfAnotherSizeAreRefused() {
        NetworkConfig config = RandomNetworks.config(new InputConfig.Tokens(5, 0), CellType.LSTM, 1, false);
        Batch batch = Batch.single(new Batch.Input.Tokens(new int[] {1, 2}));
        try (LoadedNetwork network = engine().load(config, new RandomNetworks(20).weights(config))) {
            assertThatThrownBy(() -> network.run(batch, network.zeroStates(2), ALL))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("states: expected 1 rows of 14 numbers, got 2 of 14");
        }
    }

    private void refused(NetworkConfig config, Batch.Input input, String message) {
        try (LoadedNetwork network = engine().load(config, new RandomNetworks(19).weights(config))) {
            Batch batch = Batch.single(input);
            assertThatThrownBy(() -> network.run(batch, network.zeroStates(1), ALL))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(message);
            assertThatThrownBy(() -> network.backpropagate(
                            batch, network.zeroStates(1), objective(Outputs.ofLogits(new float[0]), new float[0])))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(message);
        }
    }

    // --- Plumbing
    // -------------------------------------------------------------------------------------------------------

    private static float[] logits(LoadedNetwork network, Batch batch) {
        return network.run(batch, network.zeroStates(batch.sequences()), EnumSet.of(Output.LOGITS))
                .logits();
    }

    /** Steps from … to of one sequence of a batch. */
    private static Batch part(Batch batch, int sequence, int from, int to) {
        int first = batch.offsets()[sequence] + from, last = batch.offsets()[sequence] + to;
        return Batch.single(
                switch (batch.input()) {
                    case Batch.Input.Features(float[] values, int size) ->
                        new Batch.Input.Features(Arrays.copyOfRange(values, first * size, last * size), size);
                    case Batch.Input.Tokens(int[] ids) -> new Batch.Input.Tokens(Arrays.copyOfRange(ids, first, last));
                });
    }

    static Objective objective(Outputs gradient, float[] finalStatesGradient) {
        EnumSet<Output> reads = EnumSet.noneOf(Output.class);
        if (gradient.logits().length > 0) {
            reads.add(Output.LOGITS);
        }
        if (gradient.stepLogits().length > 0) {
            reads.add(Output.STEP_LOGITS);
        }
        if (gradient.hidden().length > 0) {
            reads.add(Output.HIDDEN);
        }
        return new Objective() {
            @Override
            public Set<Output> reads() {
                return reads;
            }

            @Override
            public Outputs gradient(Outputs outputs) {
                return gradient;
            }

            @Override
            public float[] finalStatesGradient() {
                return finalStatesGradient;
            }
        };
    }

    /** An objective that keeps the outputs it is shown. */
    private static final class Recorded implements Objective {

        private final Objective objective;
        private final List<Outputs> outputs = new ArrayList<>();

        Recorded(Objective objective) {
            this.objective = objective;
        }

        @Override
        public Set<Output> reads() {
            return objective.reads();
        }

        @Override
        public Outputs gradient(Outputs seen) {
            outputs.add(seen);
            return objective.gradient(seen);
        }

        @Override
        public float[] finalStatesGradient() {
            return objective.finalStatesGradient();
        }
    }

    protected static States states(LoadedNetwork network, float[] rows) {
        int size = network.config().stateSize();
        States states = network.zeroStates(rows.length / size);
        for (int k = 0; k < rows.length; k++) {
            states.set(k / size, k % size, rows[k]);
        }
        return states;
    }

    protected static float[] rows(States states) {
        float[] rows = new float[states.rows() * states.size()];
        for (int k = 0; k < rows.length; k++) {
            rows[k] = (float) states.get(k / states.size(), k % states.size());
        }
        return rows;
    }

    private static States goldenStates(GoldenCase golden, LoadedNetwork network, String h, String c) {
        return goldenStates(golden, network, golden.json(), h, c);
    }

    /** States of which the case's direction has these h and c; a reversed cell is the backward half of a two-way layer. */
    private static States goldenStates(GoldenCase golden, LoadedNetwork network, JsonNode node, String h, String c) {
        double[][] hs = array2(node.get(h)), cs = array2(node.get(c));
        int H = hs[0].length, at = golden.reverse() ? 2 * H : 0;
        States states = network.zeroStates(hs.length);
        for (int b = 0; b < hs.length; b++) {
            for (int j = 0; j < H; j++) {
                states.set(b, at + j, hs[b][j]);
                states.set(b, at + H + j, cs[b][j]);
            }
        }
        return states;
    }

    /** The case's direction out of [total steps, H·directions]. */
    private static float[] direction(GoldenCase golden, float[] hidden) {
        if (!golden.reverse()) {
            return hidden;
        }
        int H = golden.config().topLayer().hiddenSize();
        float[] half = new float[hidden.length / 2];
        for (int k = 0; k < half.length; k++) {
            half[k] = hidden[k / H * 2 * H + H + k % H];
        }
        return half;
    }

    /** The way back from {@link #direction}, with zeros for the other one. */
    private static float[] bothDirections(GoldenCase golden, float[] half) {
        if (!golden.reverse()) {
            return half;
        }
        int H = golden.config().topLayer().hiddenSize();
        float[] both = new float[2 * half.length];
        for (int k = 0; k < half.length; k++) {
            both[k / H * 2 * H + H + k % H] = half[k];
        }
        return both;
    }

    private void close(String what, float[] actual, float[] expected) {
        within(what, doubles(actual), doubles(expected), tolerance() * largest(doubles(expected)));
    }

    private void close(String what, double[] actual, double[] expected) {
        within(what, actual, expected, tolerance() * largest(expected));
    }

    private void same(String what, float[] actual, float[] expected) {
        within(what, doubles(actual), doubles(expected), batchTolerance());
    }

    private static void within(String what, double[] actual, double[] expected, double bound) {
        assertThat(actual).as(what).hasSameSizeAs(expected);
        for (int k = 0; k < expected.length; k++) {
            // Written so that a NaN fails.
            if (!(Math.abs(actual[k] - expected[k]) <= bound)) {
                throw new AssertionError(
                        "%s[%d]: expected %.9g ± %.2g, got %.9g".formatted(what, k, expected[k], bound, actual[k]));
            }
        }
    }

    private static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElse(0);
    }

    private static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int k = 0; k < values.length; k++) {
            doubles[k] = values[k];
        }
        return doubles;
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int k = 0; k < values.length; k++) {
            floats[k] = (float) values[k];
        }
        return floats;
    }
}
