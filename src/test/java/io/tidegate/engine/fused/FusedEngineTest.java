package io.tidegate.engine.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.Gradients;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.Objective;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.States;
import io.tidegate.core.engine.WeightFormat;
import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import io.tidegate.testkit.EngineContract;
import io.tidegate.testkit.RandomNetworks;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FusedEngineTest extends EngineContract {

    private static final FusedEngine ENGINE = FusedEngine.forServing(4);
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final Set<Output> ALL = EnumSet.allOf(Output.class);

    @TempDir
    private Path folder;

    @Override
    protected Engine engine() {
        return ENGINE;
    }

    /** Its activations err by up to 4e-7, and in the golden cases of saturated gates it is these errors that are multiplied. */
    @Override
    protected double tolerance() {
        return 5e-5;
    }

    /** Not a bit. */
    @Override
    protected double batchTolerance() {
        return 0;
    }

    /** Networks of several panels, with and without padding. */
    static Stream<NetworkConfig> wide() {
        return Stream.of(CellType.values())
                .flatMap(cell -> Stream.of(
                        network(new InputConfig.Features(3), 70, new LayerConfig(cell, 130, false)),
                        network(
                                new InputConfig.Tokens(23, 0),
                                23,
                                new LayerConfig(cell, 64, true),
                                new LayerConfig(cell, 75, true)),
                        network(
                                new InputConfig.Tokens(9, 20),
                                17,
                                new LayerConfig(cell, 192, false),
                                new LayerConfig(cell, 128, false))));
    }

    private static NetworkConfig network(InputConfig input, int outputs, LayerConfig... layers) {
        return new NetworkConfig(input, List.of(layers), outputs);
    }

    @ParameterizedTest
    @MethodSource("wide")
    void itsOutputsAreTheReferencesInWideNetworksToo(NetworkConfig config) {
        itsOutputsAndFinalStatesAreTheReferences(config);
    }

    @ParameterizedTest
    @MethodSource("wide")
    void itsGradientsAreTheReferencesInWideNetworksToo(NetworkConfig config) {
        itsGradientsThroughDropoutAreTheReferences(config);
    }

    @ParameterizedTest
    @MethodSource("wide")
    void aSequenceGivesItsBitsInAnyBatch(NetworkConfig config) {
        aSequencesResultDoesNotDependOnItsBatchMates(config);
    }

    @ParameterizedTest
    @MethodSource("wide")
    void aRunSplitOverThreadsGivesTheBitsOfOne(NetworkConfig config) {
        RandomNetworks random = new RandomNetworks(81);
        Weights weights = random.weights(config);
        try (FusedNetwork network = (FusedNetwork) ENGINE.load(config, weights)) {
            for (int sequences : new int[] {1, 2, 9, 70}) {
                Batch batch = random.batch(config, sequences, 14);
                States alone = network.zeroStates(sequences);
                Outputs expected = network.run(batch, alone, ALL, Split.WHOLE);
                for (int n = 0; n < 6; n++) {
                    States states = network.zeroStates(sequences);
                    Outputs outputs = network.run(batch, states, ALL, new Split(2 + n / 2, n % 2 == 1));
                    assertThat(outputs.logits()).isEqualTo(expected.logits());
                    assertThat(outputs.stepLogits()).isEqualTo(expected.stepLogits());
                    assertThat(outputs.hidden()).isEqualTo(expected.hidden());
                    assertThat(states.get(sequences - 1, 5)).isEqualTo(alone.get(sequences - 1, 5));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("wide")
    void aGradientHasTheSameBitsOnAnyNumberOfThreads(NetworkConfig config) {
        RandomNetworks random = new RandomNetworks(82);
        Weights weights = random.weights(config);
        Batch batch = random.batch(config, 19, 12);
        Objective objective = random.objective(config, batch, ALL);
        Gradients alone = gradients(1, config, weights, batch, objective);
        for (int threads : new int[] {2, 3, 5, 40}) {
            Gradients gradients = gradients(threads, config, weights, batch, objective);
            assertThat(gradients.weights()).isEqualTo(alone.weights());
            assertThat(gradients.input()).isEqualTo(alone.input());
            assertThat(gradients.initialStates()).isEqualTo(alone.initialStates());
        }
    }

    /** As validation runs. */
    @ParameterizedTest
    @MethodSource("shapes")
    void aBatchThatIsDealtToThreadsGivesTheSameBits(NetworkConfig config) {
        RandomNetworks random = new RandomNetworks(84);
        Weights weights = random.weights(config);
        for (int sequences : new int[] {1, 2, 3, 19}) {
            Batch batch = random.batch(config, sequences, 30);
            float[] initial = random.floats(sequences * config.stateSize());
            try (FusedEngine one = FusedEngine.forServing(1);
                    LoadedNetwork alone = one.load(config, weights);
                    ExecutorService pool = Executors.newFixedThreadPool(4);
                    FusedEngine four = FusedEngine.forTraining(pool, 4);
                    LoadedNetwork dealt = four.load(config, weights)) {
                States expectedStates = states(alone, initial), states = states(dealt, initial);
                Outputs expected = alone.run(batch, expectedStates, EnumSet.allOf(Output.class)),
                        actual = dealt.run(batch, states, EnumSet.allOf(Output.class));
                assertThat(actual.logits()).isEqualTo(expected.logits());
                assertThat(actual.stepLogits()).isEqualTo(expected.stepLogits());
                assertThat(actual.hidden()).isEqualTo(expected.hidden());
                assertThat(rows(states)).isEqualTo(rows(expectedStates));
                assertThat(dealt.run(batch, states(dealt, initial), EnumSet.of(Output.LOGITS))
                                .logits())
                        .isEqualTo(expected.logits());
            }
        }
    }

    private static Gradients gradients(
            int threads, NetworkConfig config, Weights weights, Batch batch, Objective objective) {
        try (ExecutorService pool = Executors.newFixedThreadPool(threads);
                FusedEngine engine = FusedEngine.forTraining(pool, threads);
                LoadedNetwork network = engine.load(config, weights)) {
            return network.backpropagate(batch, network.zeroStates(batch.sequences()), objective, new Dropout(0.4, 83));
        }
    }

    /** Another process, whose kernels aren't compiled yet, on vectors of another width. */
    @ParameterizedTest
    @ValueSource(ints = {4, 8, 16})
    void itsBitsAreTheSameOnAnyVectorWidth(int lanes) throws Exception {
        Path log = Files.createTempFile(folder, "bits", ".log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@tidegate.jvm",
                        "-D" + Lanes.PROPERTY + "=" + lanes,
                        "-cp",
                        System.getProperty("java.class.path"),
                        FusedBits.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(Files.readAllLines(log)).contains("lanes " + lanes, "bits " + FusedBits.digest());
    }

    @Test
    void itSaysWhatItRunsOnAndItsBitsDependOnLittleOfIt() {
        assertThat(ENGINE.description()).contains("-bit vectors, kernels compiled alone, ");
        assertThat(ENGINE.fingerprint()).matches("fused/1 java=\\d+ arch=\\w+");
    }

    @ParameterizedTest
    @MethodSource("wide")
    void weightsOf16BitsGiveNearlyTheSame(NetworkConfig config) {
        RandomNetworks random = new RandomNetworks(86);
        Weights weights = random.weights(config);
        Batch batch = random.batch(config, 5, 20);
        try (LoadedNetwork network = ENGINE.load(config, weights);
                LoadedNetwork half = ENGINE.load(config, weights, WeightFormat.BFLOAT16);
                LoadedNetwork small = ENGINE.load(config, weights, WeightFormat.AUTO)) {
            float[] expected = network.run(batch, network.zeroStates(5), ALL).stepLogits();
            float[] halved = half.run(batch, half.zeroStates(5), ALL).stepLogits();
            assertThat(small.run(batch, small.zeroStates(5), ALL).stepLogits()).isEqualTo(expected);
            assertThat(halved).isNotEqualTo(expected);
            for (int k = 0; k < expected.length; k++) {
                assertThat(halved[k]).isCloseTo(expected[k], offset(0.02f));
            }
            assertThat(half.weightBytes()).isLessThan(network.weightBytes());
        }
    }

    @Test
    void itLearnsHowManyThreadsABatchIsWorth() throws Exception {
        NetworkConfig large = network(new InputConfig.Features(8), 4, new LayerConfig(CellType.WM, 256, false));
        NetworkConfig small = network(new InputConfig.Features(8), 4, new LayerConfig(CellType.LSTM, 16, false));
        try (FusedEngine engine = FusedEngine.forServing(2);
                LoadedNetwork planned = engine.load(large, new RandomNetworks(87).weights(large));
                LoadedNetwork alone = engine.load(small, new RandomNetworks(88).weights(small))) {
            assertThat(alone.plan()).hasSize(2).element(1).isEqualTo("one thread a request");
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            int lines = Lanes.WIDE ? 5 : 4;
            while (planned.plan().size() < lines && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            assertThat(planned.plan().getFirst()).startsWith("float32 weights, ");
            if (Lanes.WIDE) {
                assertThat(planned.plan().get(1))
                        .matches(
                                "up to 2 sequences: panels (one by one|side by side); measured [\\d.]+ µs a step one by"
                                        + " one, [\\d.]+ side by side");
            }
            assertThat(planned.plan().subList(lines - 3, lines))
                    .allSatisfy(line -> assertThat(line)
                            .matches(
                                    "from \\d+ sequences? on: (1 thread|2 threads( by sequences)?); measured [\\d.]+ µs a step on"
                                            + " 1 thread, [\\d.]+ µs a step on 2 threads"
                                            + "(, [\\d.]+ µs a step on 2 threads by sequences)?"));
        }
    }

    @ParameterizedTest
    @EnumSource(CellType.class)
    void panelsSideBySideGiveTheBitsOfOneByOne(CellType cell) {
        NetworkConfig config = network(
                new InputConfig.Features(6), 3, new LayerConfig(cell, 165, true), new LayerConfig(cell, 64, false));
        RandomNetworks random = new RandomNetworks(89);
        try (FusedNetwork network = (FusedNetwork) ENGINE.load(config, random.weights(config))) {
            for (int sequences = 1; sequences <= 3; sequences++) {
                Batch batch = random.batch(config, sequences, 9);
                network.setAbreast(false);
                float[] oneByOne = network.run(batch, network.zeroStates(sequences), Set.of(Output.HIDDEN))
                        .hidden();
                network.setAbreast(true);
                for (Split split : Split.options(sequences, 2)) {
                    assertThat(network.run(batch, network.zeroStates(sequences), Set.of(Output.HIDDEN), split)
                                    .hidden())
                            .as("%d sequences, %s", sequences, split.described())
                            .isEqualTo(oneByOne);
                }
            }
        }
    }

    /** Once compiled: a kernel that fell apart makes objects of all its sums, thousands of bytes a step. */
    @ParameterizedTest
    @EnumSource(CellType.class)
    void aStepAllocatesNothing(CellType cell) {
        NetworkConfig config = network(new InputConfig.Features(6), 3, new LayerConfig(cell, 80, false));
        RandomNetworks random = new RandomNetworks(90);
        int steps = 512;
        try (LoadedNetwork network = ENGINE.load(config, random.weights(config))) {
            for (int sequences : new int[] {1, 2, 3, 8}) {
                Batch batch = Batch.uniform(new Batch.Input.Features(new float[sequences * steps * 6], 6), sequences);
                allocatesLittle(
                        steps * sequences,
                        () -> network.run(batch, network.zeroStates(sequences), Set.of(Output.LOGITS)));
                Objective objective = random.objective(config, batch, EnumSet.of(Output.LOGITS));
                allocatesLittle(
                        steps * sequences,
                        () -> network.backpropagate(batch, network.zeroStates(sequences), objective, Dropout.NONE));
            }
        }
    }

    private static void allocatesLittle(int steps, Runnable run) {
        await().pollInSameThread()
                .pollInterval(Duration.ofMillis(1))
                .atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> {
                    long before = THREADS.getCurrentThreadAllocatedBytes();
                    run.run();
                    assertThat((THREADS.getCurrentThreadAllocatedBytes() - before) / (double) steps)
                            .as("bytes a step, of %d", steps)
                            .isLessThan(512);
                });
    }

    @Test
    void aClosedNetworkRefusesToRun() {
        NetworkConfig config = RandomNetworks.config(new InputConfig.Tokens(5, 0), CellType.LSTM, 1, false);
        LoadedNetwork network = ENGINE.load(config, new RandomNetworks(41).weights(config));
        network.close();
        network.close();
        Batch batch = Batch.single(new Batch.Input.Tokens(new int[] {1}));
        assertThatThrownBy(() -> network.run(batch, network.zeroStates(1), Set.of(Output.LOGITS)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void aSequenceThatHasGoneWrongLeavesItsBatchMatesAlone() {
        RandomNetworks random = new RandomNetworks(84);
        NetworkConfig config = network(new InputConfig.Features(2), 3, new LayerConfig(CellType.WM, 40, false));
        float[] values = random.floats(3 * 8 * 2), poisoned = values.clone();
        poisoned[8 * 2 + 3] = Float.NaN; // the second sequence's
        try (LoadedNetwork network = ENGINE.load(config, random.weights(config))) {
            float[] healthy = network.run(
                            Batch.uniform(new Batch.Input.Features(values, 2), 3), network.zeroStates(3), ALL)
                    .logits();
            float[] beside = network.run(
                            Batch.uniform(new Batch.Input.Features(poisoned, 2), 3), network.zeroStates(3), ALL)
                    .logits();
            for (int k = 0; k < 9; k++) {
                if (k / 3 == 1) {
                    assertThat(beside[k]).isNaN();
                } else {
                    assertThat(beside[k]).isEqualTo(healthy[k]);
                }
            }
        }
    }
}
