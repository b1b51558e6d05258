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
import io.tidegate.core.optim.Sgd;
import io.tidegate.core.train.ShuffledSequences.Augmentation;
import io.tidegate.core.train.ShuffledSequences.Example;
import io.tidegate.core.train.ShuffledSequences.Target;
import io.tidegate.core.train.Trainer.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
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
        Trainer trainer = fit(config, signs(), signs(), 0.02, new Settings(15, 1, 0), new TrainingListener() {});
        assertThat(validated(trainer).accuracy()).isEqualTo(1);
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
        Trainer trainer = fit(TOKENS, cycle(1), backwards(), 0.02, new Settings(5, 1, 0), new TrainingListener() {
            @Override
            public void epochFinished(Epoch epoch) {
                losses.add(epoch.validation().loss());
            }
        });
        assertThat(losses.getLast()).isGreaterThan(validated(trainer).loss());
        try (LoadedNetwork network = new ReferenceEngine().load(TOKENS, trainer.best())) {
            assertThat(NetworkLearner.evaluate(network, backwards())).isEqualTo(validated(trainer));
        }
    }

    @Test
    void patienceEndsATrainingThatGetsNoBetter() {
        Trainer trainer = fit(TOKENS, cycle(1), backwards(), 0.02, new Settings(100, 1, 3), new TrainingListener() {});
        assertThat(trainer.position().epoch()).isLessThan(10);
        assertThat(trainer.run(new TrainingListener() {})).isEqualTo(Trainer.Ending.NO_LONGER_BETTER);
    }

    @Test
    void aListenerStopsATrainingBetweenUpdates() {
        List<Long> updates = new ArrayList<>();
        Trainer trainer = fit(TOKENS, cycle(1), cycle(2), 0.01, new Settings(5, 1, 0), new TrainingListener() {
            @Override
            public void updated(Update update) {
                updates.add(update.number());
            }

            @Override
            public boolean shouldStop() {
                return updates.size() == 3;
            }
        });
        assertThat(trainer.position().updates()).isEqualTo(3);
        assertThat(updates).containsExactly(1L, 2L, 3L);
    }

    @Test
    void aLossThatIsNoNumberStopsAndSaysWhere() {
        Weights weights = weights(TOKENS);
        weights.values()[0] = Double.NaN;
        Learner learner = new NetworkLearner(new ReferenceEngine(), TOKENS, weights, cycle(1), cycle(2));
        Trainer trainer = new Trainer(learner, new Adam(), new LearningRate.Constant(0.01), new Settings(1, 1, 0));
        assertThatThrownBy(() -> trainer.run(new TrainingListener() {}))
                .isInstanceOf(Trainer.DivergedException.class)
                .hasMessageContaining("after update 0")
                .hasMessageContaining("gradient norm");
    }

    @Test
    void tooLargeAStepDivergesAndTheBestWeightsStay() {
        Learner learner = new NetworkLearner(new ReferenceEngine(), TOKENS, weights(TOKENS), cycle(1), cycle(2));
        Settings unclipped = new Settings(50, Double.POSITIVE_INFINITY, 0);
        Trainer trainer = new Trainer(learner, new Sgd(0.9), new LearningRate.Constant(1e300), unclipped);
        assertThatThrownBy(() -> trainer.run(new TrainingListener() {}))
                .isInstanceOf(Trainer.DivergedException.class)
                .hasMessageContaining("update");
        assertThat(DoubleStream.of(trainer.best().values())).allMatch(Double::isFinite);
    }

    @ParameterizedTest
    @EnumSource
    void aTrainingTakenUpAgainAnywhereEndsInTheSameBits(CellType cell) {
        NetworkConfig config =
                new NetworkConfig(new InputConfig.Tokens(5, 3), List.of(new LayerConfig(cell, 6, false)), 5);
        Settings settings = new Settings(3, 1, 0);
        Trainer whole = interrupted(config, settings, Long.MAX_VALUE);
        for (long every : new long[] {1, 4, 10}) {
            Trainer parts = interrupted(config, settings, every);
            assertThat(parts.position()).isEqualTo(whole.position());
            assertThat(parts.state().weights()).isEqualTo(whole.state().weights());
            assertThat(parts.best().values()).isEqualTo(whole.best().values());
        }
    }

    /** Stops every so many updates, and goes on with everything made anew but for the saved state. */
    private static Trainer interrupted(NetworkConfig config, Settings settings, long every) {
        Trainer.State saved = null;
        while (true) {
            Batches stateful = new TokenWindows(TokenSource.of(noise()), 4, 9, 0.1, 1);
            Learner learner = new NetworkLearner(
                    new ReferenceEngine().load(config, weights(config)), weights(config), stateful, cycle(2), 0.3, 4);
            LearningRate rate = new LearningRate.WarmUp(5, new LearningRate.Cosine(0.02, 0.001, 25));
            Trainer trainer = new Trainer(learner, new Adam(), rate, settings);
            if (saved != null) {
                trainer.restore(saved);
            }
            long stopAt = every == Long.MAX_VALUE ? every : trainer.position().updates() + every;
            Trainer.Ending ending = trainer.run(new TrainingListener() {
                @Override
                public boolean shouldStop() {
                    return trainer.position().updates() >= stopAt;
                }
            });
            if (ending == Trainer.Ending.EPOCHS_DONE) {
                return trainer;
            }
            saved = trainer.state();
        }
    }

    private static int[] noise() {
        return Seeds.generator(5, "noise", 0).ints(400, 0, 5).toArray();
    }

    private static Score validated(Trainer trainer) {
        return Objects.requireNonNull(trainer.position().validated());
    }

    /** 0 1 2 3 4 0 1 …: what comes next is certain, once a model knows where it is. */
    private static Batches cycle(long seed) {
        return new TokenWindows(
                TokenSource.of(IntStream.range(0, 400).map(k -> k % 5).toArray()), 4, 9, 0, seed);
    }

    private static Batches backwards() {
        return new TokenWindows(
                TokenSource.of(IntStream.range(0, 400).map(k -> 4 - k % 5).toArray()), 4, 9, 0, 2);
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
        try (Learner learner = new NetworkLearner(engine, TOKENS, weights(TOKENS), cycle(1), cycle(2))) {
            Trainer trainer =
                    new Trainer(learner, new Adam(), new LearningRate.Constant(0.01), new Settings(epochs, 1, 0));
            trainer.run(new TrainingListener() {});
            return trainer.best();
        }
    }

    private static Trainer fit(
            NetworkConfig config,
            Batches training,
            Batches validation,
            double rate,
            Settings settings,
            TrainingListener listener) {
        Learner learner = new NetworkLearner(new ReferenceEngine(), config, weights(config), training, validation);
        Trainer trainer = new Trainer(learner, new Adam(), new LearningRate.Constant(rate), settings);
        trainer.run(listener);
        return trainer;
    }
}
