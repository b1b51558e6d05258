package io.tidegate.training.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.checkpoint.CheckpointReader;
import io.tidegate.checkpoint.CheckpointWriter;
import io.tidegate.checkpoint.Dtype;
import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.Provenance;
import io.tidegate.checkpoint.Safetensors;
import io.tidegate.checkpoint.Tensor;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.ReferenceEngine;
import io.tidegate.core.train.Learner;
import io.tidegate.core.train.Trainer;
import io.tidegate.core.train.TrainingListener;
import io.tidegate.datasets.Dataset;
import io.tidegate.datasets.DatasetSummary;
import io.tidegate.datasets.Datasets;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class RecipesTest {

    private static final JsonMapper JSON = JsonMapper.shared();

    @TempDir
    private Path dir;

    private Datasets datasets;
    private Recipes recipes;

    @BeforeEach
    void open() {
        datasets = new Datasets(dir, 1 << 20, Clock.systemUTC(), Stream::empty);
        recipes = Recipes.builtIn(datasets::find, Runnable::run);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"adding", "copying", "sequential-mnist", "permuted-mnist", "character-lm", "classify", "forecast"
            })
    void aQuickTrainingMatchesItsEstimateAndWritesAModelThatCanBeRead(String name) throws Exception {
        Assignment assignment = quick(name, CellType.WM, "{\"hiddenSize\":5}");
        Estimate estimate = recipes.named(name).estimate(assignment);
        Path folder = Files.createDirectory(dir.resolve("model"));
        try (Plan plan = recipes.named(name).plan(assignment);
                Learner learner = plan.learner(new ReferenceEngine())) {
            assertThat(learner.weights().values()).hasSize((int) estimate.parameters());
            Trainer trainer = twoUpdates(plan, learner);
            assertThat(trainer.totalUpdates()).isLessThanOrEqualTo(estimate.updates());
            assertThat(estimate.updates()).isLessThan(trainer.totalUpdates() * 3 / 2);
            CheckpointWriter.write(folder, plan.model("m", Provenance.of(plan.facts())), trainer.best());
            Checkpoint published = CheckpointReader.read(folder);
            assertThat(plan.validation(new ReferenceEngine(), published)).isPresent();
            assertThat(plan.test(new ReferenceEngine(), published.weights()))
                    .containsKeys("test.loss", "test." + plan.metric().name());
            assertThat(plan.gates(trainer.best())).hasSize(1);
            assertThat(plan.gradientFlow(trainer.best())).isPresent();
        }
    }

    @Test
    void activationCheckpointingNeedsLessMemoryAndLearnsTheSame() {
        String size = "\"hiddenSize\":5,\"steps\":400,\"batchSize\":20,\"sequencesPerEpoch\":40";
        Assignment plain = quick("adding", CellType.WM, "{" + size + "}"),
                checkpointed = quick("adding", CellType.WM, "{" + size + ",\"activationCheckpointing\":true}");
        Recipe adding = recipes.named("adding");
        assertThat(adding.estimate(checkpointed).memoryBytes())
                .isLessThan(adding.estimate(plain).memoryBytes() / 5);
        double[] expected = twoUpdates("adding", plain), actual = twoUpdates("adding", checkpointed);
        for (int k = 0; k < expected.length; k++) {
            assertThat(actual[k]).isCloseTo(expected[k], offset(1e-9));
        }
        assertThatThrownBy(() -> adding.estimate(
                        quick("adding", CellType.WM, "{\"activationCheckpointing\":true,\"dropout\":0.1}")))
                .isInstanceOf(InvalidParametersException.class)
                .hasMessageContaining("/parameters/activationCheckpointing");
    }

    @Test
    void theSameAssignmentGivesTheSameTrainingBitForBit() {
        Assignment assignment = quick("classify", CellType.PEEPHOLE, "{\"hiddenSize\":4,\"dropout\":0.2}");
        Assignment otherSeed = new Assignment(assignment.cell(), 2, assignment.parameters(), assignment.dataset());
        assertThat(twoUpdates("classify", assignment))
                .isEqualTo(twoUpdates("classify", assignment))
                .isNotEqualTo(twoUpdates("classify", otherSeed));
    }

    @Test
    void thePixelsOrderOfThePermutedTaskIsOnTheModelsCard() {
        try (Plan plan = recipes.named("permuted-mnist").plan(quick("permuted-mnist", CellType.LSTM, "{}"))) {
            assertThat((int[]) plan.facts().get("pixelOrder")).hasSize(64).doesNotHaveDuplicates();
        }
    }

    @Test
    void squaresOfPixelsAreReadAsTheirMean() {
        Assignment pooled = quick("permuted-mnist", CellType.LSTM, "{\"pool\": 2}");
        try (Plan plan = recipes.named("permuted-mnist").plan(pooled)) {
            assertThat((int[]) plan.facts().get("pixelOrder")).hasSize(16).doesNotHaveDuplicates();
            assertThat(plan.facts()).containsEntry("pool", 2);
        }
        Recipe recipe = recipes.named("sequential-mnist");
        assertThat(recipe.estimate(quick("sequential-mnist", CellType.LSTM, "{\"pool\": 4}"))
                        .memoryBytes())
                .isLessThan(recipe.estimate(quick("sequential-mnist", CellType.LSTM, "{}"))
                        .memoryBytes());
        assertThatThrownBy(() -> recipe.estimate(quick("sequential-mnist", CellType.LSTM, "{\"pool\": 3}")))
                .hasMessageContaining("/parameters/pool: expected 1, or what divides the side of square images")
                .hasMessageContaining("64 pixels, got 3");
    }

    @Test
    void theFullImageTaskWithoutImagesSaysHowToUploadThem() {
        Recipe recipe = recipes.named("sequential-mnist");
        Assignment assignment =
                new Assignment(CellType.WM, 1, recipe.parameters().read("full", null), null);
        assertThatThrownBy(() -> recipe.estimate(assignment))
                .isInstanceOf(InvalidParametersException.class)
                .hasMessageContaining("/dataset")
                .hasMessageContaining("curl -F file=@train-images-idx3-ubyte.gz -F labels=");
    }

    @Test
    void normalisationIsLearnedOnTheTrainingSplitAlone() {
        // one long series of 0 and 1 whose held-out end is far away
        StringBuilder csv = new StringBuilder("value\n");
        for (int k = 0; k < 100; k++) {
            csv.append(k < 80 ? k % 2 : 1000).append('\n');
        }
        String id = upload(csv.toString(), "series.csv");
        try (Plan plan = recipes.named("forecast").plan(on(id, "forecast", "{\"window\":10,\"stride\":5}"))) {
            ModelInput.Features input =
                    (ModelInput.Features) plan.model("m", Provenance.NONE).input();
            assertThat(input.scale().offset()).containsExactly(0.5);
        }
    }

    @Test
    void aForecastIsJudgedAgainstRepeatingTheLastValueInTheDatasUnits() {
        StringBuilder csv = new StringBuilder("value\n");
        for (int k = 0; k < 200; k++) {
            csv.append(3 * k).append('\n');
        }
        String id = upload(csv.toString(), "ramp.csv");
        try (Plan plan =
                recipes.named("forecast").plan(on(id, "forecast", "{\"window\":8,\"stride\":4,\"horizon\":2}"))) {
            assertThat(plan.metric().name()).isEqualTo("rmse");
            assertThat(plan.metric().trivial()).isCloseTo(6, within(1e-4));
        }
    }

    @Test
    void targetsOfAWholeSequenceAreLearnedWhereTheDataNameThem() {
        StringBuilder lines = new StringBuilder();
        for (int k = 0; k < 30; k++) {
            lines.append("{\"sequence\":[[%d,1],[2,3]],\"target\":%d}\n".formatted(k, 2 * k));
        }
        String id = upload(lines.toString(), "sums.ndjson");
        try (Plan plan = recipes.named("forecast").plan(on(id, "forecast", "{}"));
                Learner learner = plan.learner(new ReferenceEngine())) {
            assertThat(learner.learn(0, 0).score().targets()).isEqualTo(24);
        }
    }

    @Test
    void uploadedCaptionsTrainADecoder() throws Exception {
        SortedMap<String, Tensor> features = new TreeMap<>();
        StringBuilder images = new StringBuilder();
        for (int k = 0; k < 20; k++) {
            features.put("image-" + k, new Tensor(List.of(3), new double[] {k % 2, 1 - k % 2, 0.5}));
            images.append(k == 0 ? "" : ",")
                    .append("{\"id\":\"image-%d\",\"captions\":[\"%s\"]}".formatted(k, k % 2 == 0 ? "a cat" : "a dog"));
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        Safetensors.write(features, Dtype.F32, file);
        byte[] captions = ("{\"images\":[" + images + "]}").getBytes(StandardCharsets.UTF_8);
        Dataset dataset = datasets.add(new Datasets.Upload(
                        new ByteArrayInputStream(file.toByteArray()),
                        "features.safetensors",
                        new ByteArrayInputStream(captions),
                        null,
                        null))
                .dataset();
        assertThat(dataset.summary().captions())
                .isEqualTo(new DatasetSummary.Captions(Map.of("train", 16, "validation", 2, "test", 2), 20, 3, false));
        String small = "{\"hiddenSize\":8,\"epochs\":2,\"fewest\":1}";
        try (Plan plan = recipes.named("captioning").plan(on(dataset.id(), "captioning", small));
                Learner learner = plan.learner(new ReferenceEngine())) {
            Trainer trainer = new Trainer(learner, plan.optimizer(), plan.learningRate(), plan.settings());
            assertThat(trainer.run(new TrainingListener() {})).isEqualTo(Trainer.Ending.EPOCHS_DONE);
            assertThat(plan.data()).isEqualTo(dataset.id());
        }
    }

    @Test
    void captionsWithoutTheirSentencesAreRefused() {
        assertThatThrownBy(() -> datasets.add(new Datasets.Upload(
                        new ByteArrayInputStream(new byte[16]), "features.safetensors", null, null, null)))
                .hasMessageContaining("captions need this part");
    }

    @Test
    void everyClassIsInEveryPartOfASplit() {
        Parameters p = recipes.named("classify").parameters().read("quick", null);
        Split split = Split.stratified(100, 4, k -> k % 4, p);
        for (int[] part : List.of(split.training(), split.validation(), split.test())) {
            assertThat(Arrays.stream(part).map(k -> k % 4).distinct().count()).isEqualTo(4);
        }
        assertThat(split.training().length + split.validation().length + split.test().length)
                .isEqualTo(100);
    }

    @Test
    void everyBadParameterIsNamedWithWhatIsAccepted() {
        ObjectNode given = JSON.readValue(
                "{\"hiddenSize\":0,\"learningRate\":\"fast\",\"optimizer\":\"lbfgs\",\"hidden/size\":3}",
                ObjectNode.class);
        assertThatThrownBy(() -> recipes.named("adding").parameters().read("quick", given))
                .isInstanceOf(InvalidParametersException.class)
                .hasMessageContaining("/parameters/hiddenSize: expected a whole number from 1 to 4096, got 0")
                .hasMessageContaining("/parameters/learningRate: expected a number above 0.0 and at most 10.0")
                .hasMessageContaining("one of adam, adamw, rmsprop, sgd, got \"lbfgs\"")
                .hasMessageContaining("/parameters/hidden~1size: no such parameter");
        assertThatThrownBy(() -> recipes.named("adding").parameters().read("slow", null))
                .hasMessageContaining("/preset: expected one of full,");
    }

    @Test
    void everyPresetsValuesAreOnesThatItsSchemaAccepts() {
        for (Recipe recipe : recipes.all()) {
            recipe.parameters().presets().forEach((preset, values) -> {
                ObjectNode given = JSON.valueToTree(values);
                assertThat(recipe.parameters().read(null, given).values()).containsAllEntriesOf(values);
            });
            assertThat(recipe.parameters().presets()).containsKeys("quick", "full");
        }
    }

    @Test
    void aParameterThatIsGivenOverridesItsPreset() {
        ObjectNode given = JSON.readValue("{\"hiddenSize\":7}", ObjectNode.class);
        assertThat(recipes.named("adding").parameters().read("full-400", given).values())
                .contains(entry("hiddenSize", 7L), entry("steps", 400L));
    }

    @Test
    void schemasCarryDefaultsAndBounds() {
        assertThat(JSON.writeValueAsString(recipes.named("adding").parameters().schema()))
                .contains("\"steps\":{\"type\":\"integer\",\"minimum\":4,\"maximum\":100000,\"default\":200");
    }

    private double[] twoUpdates(String recipe, Assignment assignment) {
        try (Plan plan = recipes.named(recipe).plan(assignment);
                Learner learner = plan.learner(new ReferenceEngine())) {
            return twoUpdates(plan, learner).state().weights();
        }
    }

    private static Trainer twoUpdates(Plan plan, Learner learner) {
        Trainer trainer = new Trainer(learner, plan.optimizer(), plan.learningRate(), plan.settings());
        trainer.run(new TrainingListener() {
            @Override
            public boolean shouldStop() {
                return trainer.position().updates() >= 2;
            }
        });
        return trainer;
    }

    private Assignment quick(String name, CellType cell, String parameters) {
        String dataset = recipes.named(name).standardDataset("quick").orElse(null);
        return new Assignment(cell, 1, on(dataset, name, parameters).parameters(), dataset);
    }

    private Assignment on(@Nullable String dataset, String recipe, String parameters) {
        ObjectNode given = JSON.readValue(parameters, ObjectNode.class);
        Parameters read = recipes.named(recipe).parameters().read("quick", given);
        return new Assignment(CellType.WM, 1, read, dataset);
    }

    private String upload(String text, String name) {
        ByteArrayInputStream file = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        try {
            return datasets.add(new Datasets.Upload(file, name, null, null, null))
                    .dataset()
                    .id();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
