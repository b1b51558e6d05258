package io.tidegate.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.ReferenceEngine;
import io.tidegate.core.network.Initialization;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import io.tidegate.core.optim.Adam;
import io.tidegate.core.optim.LearningRate;
import io.tidegate.core.train.ShuffledSequences.Augmentation;
import io.tidegate.core.train.ShuffledSequences.Example;
import io.tidegate.core.train.ShuffledSequences.Target;
import io.tidegate.core.train.Trainer.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainerTest {

    private static final NetworkConfig TOKENS =
            new NetworkConfig(new InputConfig.Tokens(5, 0), List.of(new LayerConfig(CellType.WM, 8, false)), 5);

    /** Whether a sequence's first value was positive: to be remembered over all its steps. */
    @ParameterizedTest
    @EnumSource
    void everyCellLearnsToRememberTheFirstStep(CellType cell) {
        NetworkConfig config =
                new NetworkConfig(new InputConfig.Features(1), List.of(new LayerConfig(cell, 8, false)), 2);
        Trainer.Result result = fit(config, signs(), signs(), 0.02, new Settings(15, 1, 0), new TrainingListener() {});
        assertThat(result.validation().accuracy()).isEqualTo(1);
    }

    @Test
    void theSameSeedGivesTheSameWeightsWhateverTheThreads() {
        double[] alone = train(new ReferenceEngine(), 3).values();
        try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
            assertThat(train(new ReferenceEngine(executor), 3).values()).isEqualTo(alone);
        }
    }

    @Test
    void theBestWeightsAreKeptNotTheLast() {
        List<Double> losses = new ArrayList<>();
        // What is learned from the one text is wrong for the other, a little more with each epoch.
        Trainer.Result result = fit(TOKENS, cycle(1), backwards(), 0.02, new Settings(5, 1, 0), new TrainingListener() {
            @Override
            public void epochFinished(Epoch epoch) {
                losses.add(epoch.validation().loss());
            }
        });
        assertThat(losses.getLast()).isGreaterThan(result.validation().loss());
        try (LoadedNetwork network = new ReferenceEngine().load(TOKENS, result.best())) {
            assertThat(Trainer.evaluate(network, backwards())).isEqualTo(result.validation());
        }
    }

    @Test
    void patienceEndsATrainingThatGetsNoBetter() {
        Trainer.Result result =
                fit(TOKENS, cycle(1), backwards(), 0.02, new Settings(100, 1, 3), new TrainingListener() {});
        assertThat(result.epochs()).isLessThan(10);
    }

    @Test
    void aListenerStopsATrainingBetweenUpdates() {
        List<Long> updates = new ArrayList<>();
        Trainer.Result result = fit(TOKENS, cycle(1), cycle(2), 0.01, new Settings(5, 1, 0), new TrainingListener() {
            @Override
            public void updated(Update update) {
                updates.add(update.number());
            }

            @Override
            public boolean shouldStop() {
                return updates.size() == 3;
            }
        });
        assertThat(result.stopped()).isTrue();
        assertThat(updates).containsExactly(1L, 2L, 3L);
    }

    @Test
    void aLossThatIsNoNumberStopsAndSaysWhere() {
        Weights weights = weights(TOKENS);
        weights.values()[0] = Double.NaN;
        try (LoadedNetwork network = new ReferenceEngine().load(TOKENS, weights)) {
            Trainer trainer = new Trainer(network, weights, new Adam(), new LearningRate.Constant(0.01), 1);
            assertThatThrownBy(() -> trainer.fit(cycle(1), cycle(2), new Settings(1, 1, 0), new TrainingListener() {}))
                    .isInstanceOf(Trainer.DivergedException.class)
                    .hasMessageContaining("at update 1")
                    .hasMessageContaining("gradient norm");
        }
    }

    /** 0 1 2 3 4 0 1 …: what comes next is certain, once a model knows where it is. */
    private static Batches cycle(long seed) {
        return new TokenWindows(IntStream.range(0, 400).map(k -> k % 5).toArray(), 4, 9, 0, seed);
    }

    private static Batches backwards() {
        return new TokenWindows(IntStream.range(0, 400).map(k -> 4 - k % 5).toArray(), 4, 9, 0, 2);
    }

    private static Batches signs() {
        RandomGenerator random = Seeds.generator(1, "signs", 0);
        List<Example> examples = IntStream.range(0, 120)
                .mapToObj(k -> {
                    float[] x = new float[6 + k % 5];
                    for (int t = 0; t < x.length; t++) {
                        x[t] = random.nextFloat(-1, 1);
                    }
                    return new Example(x, new Target.Label(x[0] > 0 ? 1 : 0));
                })
                .filter(example -> Math.abs(example.features()[0]) > 0.1)
                .toList();
        return new ShuffledSequences(examples, 1, 10, 1, Augmentation.NONE);
    }

    private static Weights weights(NetworkConfig config) {
        return Initialization.STANDARD.weights(config, Seeds.generator(3, "weights", 0));
    }

    private static Weights train(ReferenceEngine engine, int epochs) {
        Weights weights = weights(TOKENS);
        try (LoadedNetwork network = engine.load(TOKENS, weights)) {
            return new Trainer(network, weights, new Adam(), new LearningRate.Constant(0.01), 1)
                    .fit(cycle(1), cycle(2), new Settings(epochs, 1, 0), new TrainingListener() {})
                    .best();
        }
    }

    private static Trainer.Result fit(
            NetworkConfig config,
            Batches training,
            Batches validation,
            double rate,
            Settings settings,
            TrainingListener listener) {
        Weights weights = weights(config);
        try (LoadedNetwork network = new ReferenceEngine().load(config, weights)) {
            return new Trainer(network, weights, new Adam(), new LearningRate.Constant(rate), settings.clipNorm())
                    .fit(training, validation, settings, listener);
        }
    }
}
