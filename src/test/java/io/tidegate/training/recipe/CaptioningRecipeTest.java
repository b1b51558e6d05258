package io.tidegate.training.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.checkpoint.CheckpointReader;
import io.tidegate.checkpoint.CheckpointWriter;
import io.tidegate.checkpoint.Provenance;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.ReferenceEngine;
import io.tidegate.core.network.Weights;
import io.tidegate.core.train.Learner;
import io.tidegate.core.train.Trainer;
import io.tidegate.core.train.TrainingListener;
import io.tidegate.datasets.caption.CaptionData;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaptioningRecipeTest {

    private static final Engine ENGINE = new ReferenceEngine();

    private static final CaptioningRecipe RECIPE =
            new CaptioningRecipe(ForkJoinPool.commonPool(), CaptioningRecipeTest::none);

    /** The baseline says the most frequent training caption of every image. */
    @ParameterizedTest
    @CsvSource({"quick, wm", "quick-up-down, lstm"})
    void aShortTrainingOnScenesBeatsTheMostFrequentCaptionByFar(String preset, String cell) {
        Parameters parameters = RECIPE.parameters()
                .read(preset, null)
                .with(Map.of("scenes", 400L, "hiddenSize", 48L, "epochs", 6L, "batchSize", 16L, "learningRate", 0.01));
        try (Plan plan = RECIPE.plan(assignment(parameters, CellType.of(cell)))) {
            Weights best = train(plan);

            SortedMap<String, Double> scores = plan.test(ENGINE, best);

            assertThat(scores.get("test.ciderD")).isGreaterThan(3 * scores.get("test.baseline.ciderD"));
            assertThat(scores.get("test.loss")).isLessThan(plan.metric().trivial() / 2);
            Checkpoint published = published(plan, best);
            assertThat(plan.validation(ENGINE, published).orElseThrow())
                    .isLessThan(plan.metric().trivial() / 2);
        }
    }

    @Test
    void theSameAssignmentGivesTheSameWeightsOnAnyThreadsAndWhenStoppedBetween() {
        Parameters parameters = RECIPE.parameters()
                .read("quick-up-down", null)
                .with(Map.of("scenes", 20L, "hiddenSize", 8L, "epochs", 2L));
        Weights whole = train(RECIPE.plan(assignment(parameters, CellType.WM)));

        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            Plan plan =
                    new CaptioningRecipe(threads, CaptioningRecipeTest::none).plan(assignment(parameters, CellType.WM));
            Trainer stopped = trainer(plan, plan.learner(ENGINE));
            stopped.run(new TrainingListener() {
                private int updates;

                @Override
                public void updated(Update update) {
                    updates++;
                }

                @Override
                public boolean shouldStop() {
                    return updates == 3;
                }
            });
            Trainer resumed = trainer(plan, plan.learner(ENGINE));
            resumed.restore(stopped.state());
            assertThat(resumed.run(new TrainingListener() {})).isEqualTo(Trainer.Ending.EPOCHS_DONE);

            assertThat(resumed.best().values()).containsExactly(whole.values());
        }
    }

    @Test
    void withoutADatasetTheFullPresetSaysHowToUploadOne() {
        Parameters full = RECIPE.parameters().read("full", null);

        assertThatThrownBy(() -> RECIPE.estimate(assignment(full, CellType.LSTM)))
                .isInstanceOf(InvalidParametersException.class)
                .hasMessageContaining("curl -F format=captions -F file=@features.safetensors");
    }

    @Test
    void fewerThanTenScenesLeaveNothingToTest() {
        Parameters few = RECIPE.parameters().read("quick", null).with(Map.of("scenes", 9L));

        assertThatThrownBy(() -> RECIPE.plan(assignment(few, CellType.LSTM)))
                .hasMessageContaining(
                        "expected at least one image for each of train, validation and test, got none for test");
    }

    @Test
    void anEstimateCountsParametersAndUpdates() {
        Parameters quick = RECIPE.parameters().read("quick", null).with(Map.of("scenes", 10L, "batchSize", 5L));
        Plan plan = RECIPE.plan(assignment(quick, CellType.LSTM));
        Estimate estimate = RECIPE.estimate(assignment(quick, CellType.LSTM));
        Learner learner = plan.learner(ENGINE);

        assertThat(estimate.parameters()).isEqualTo(learner.weights().values().length);
        assertThat(estimate.updates()).isEqualTo(trainer(plan, learner).totalUpdates());
    }

    private static Assignment assignment(Parameters parameters, CellType cell) {
        @Nullable String none = null;
        return new Assignment(cell, 7, parameters, none);
    }

    private static Trainer trainer(Plan plan, Learner learner) {
        return new Trainer(learner, plan.optimizer(), plan.learningRate(), plan.settings());
    }

    private static Weights train(Plan plan) {
        try (Learner learner = plan.learner(ENGINE)) {
            Trainer trainer = trainer(plan, learner);
            trainer.run(new TrainingListener() {});
            return trainer.best();
        }
    }

    private static Checkpoint published(Plan plan, Weights weights) {
        CheckpointWriter.Encoded files = CheckpointWriter.encode(plan.model("m", Provenance.NONE), weights);
        return CheckpointReader.read(files.modelJson(), files.weights());
    }

    /** Nothing was uploaded. */
    private static CaptionData none(String dataset) {
        throw new AssertionError(dataset);
    }
}
