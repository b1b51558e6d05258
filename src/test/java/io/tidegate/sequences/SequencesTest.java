package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.ReferenceEngine;
import io.tidegate.engine.fused.FusedEngine;
import io.tidegate.inference.Caller;
import io.tidegate.inference.Failure;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.inference.RefusedException;
import io.tidegate.inference.Runner;
import io.tidegate.platform.TidegateProperties.Batching;
import io.tidegate.platform.TidegateProperties.Limits;
import io.tidegate.registry.LoadState;
import io.tidegate.registry.ModelRef;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.registry.ModelVersion;
import io.tidegate.registry.RegistryException;
import io.tidegate.sequences.Sequences.Answer;
import io.tidegate.sequences.Sequences.Step;
import io.tidegate.testkit.Uploads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

@Timeout(120)
class SequencesTest {

    @TempDir
    private Path dataDir;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final SplittableRandom random = new SplittableRandom(5);
    private @Nullable ModelRegistry registry;
    private @Nullable Sequences sequences;
    private @Nullable HeapStore store;

    @AfterEach
    void close() {
        if (sequences != null) {
            sequences.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "reference, LSTM",
        "reference, WM",
        "fused, LSTM",
        "fused, PEEPHOLE",
        "fused, PEEPHOLE_FULL",
        "fused, WM"
    })
    void anySplitOfItsStepsGivesWhatTheWholeGivesBitForBit(String engine, CellType cell) {
        start(engine);
        ModelVersion labels = publish("labels", Uploads.classifier("labels", cell, 3, false, 1));
        ModelVersion text = publish("text", Uploads.languageModel("text", cell, 2));
        for (int round = 0; round < 20; round++) {
            int steps = random.nextInt(1, 40);
            float[] features = floats(3 * steps);
            int[] ids = random.ints(steps, 0, 6).toArray();
            Answer wholeLabels = step(labels, "whole-" + round, true, false, null, features(features));
            Answer wholeText = step(text, "whole-" + round, true, false, null, tokens(ids));
            Answer lastLabels = null, lastText = null;
            for (int from = 0; from < steps; ) {
                int to = random.nextInt(from + 1, steps + 1);
                boolean begins = from == 0;
                lastLabels = step(
                        labels,
                        "split-" + round,
                        begins,
                        false,
                        null,
                        features(Arrays.copyOfRange(features, 3 * from, 3 * to)));
                lastText = step(text, "split-" + round, begins, false, null, tokens(Arrays.copyOfRange(ids, from, to)));
                from = to;
            }
            assertSame(lastLabels, wholeLabels);
            assertSame(lastText, wholeText);
        }
    }

    private static void assertSame(@Nullable Answer answer, Answer expected) {
        assertThat(answer).isNotNull();
        assertThat(answer.logits()).isEqualTo(expected.logits());
        assertThat(answer.logLikelihood()).isEqualTo(expected.logLikelihood());
        for (int j = 0; j < expected.states().size(); j++) {
            assertThat(answer.states().get(0, j)).isEqualTo(expected.states().get(0, j));
        }
    }

    @Test
    void aLongTextIsReadInWindowsAsAShortOneIs() {
        start("fused");
        ModelVersion text = publish("text", Uploads.languageModel("text", CellType.LSTM, 2));
        int[] ids = random.ints(200_000, 0, 6).toArray(); // more logits than are held at a time
        Answer whole = step(text, "whole", true, false, null, tokens(ids));
        step(text, "halves", true, false, null, tokens(Arrays.copyOf(ids, 100_001)));
        assertSame(
                step(text, "halves", false, false, null, tokens(Arrays.copyOfRange(ids, 100_001, ids.length))), whole);
    }

    @Test
    void aRetryGetsTheFirstAnswerAndAdvancesNothing() {
        ModelVersion model = startWithClassifier();
        float[] first = floats(6), second = floats(3);
        step(model, "7", true, false, "r1", features(first));
        Answer answer = step(model, "7", false, false, "r2", features(second));
        Answer again = step(model, "7", false, false, "r2", features(second));
        assertSame(again, answer);
        assertThat(again.steps()).isEqualTo(1);
        assertThat(sequences().list("m", 10, null).getFirst().steps()).isEqualTo(3);
        assertThatThrownBy(() -> step(model, "7", false, false, "r2", features(floats(3))))
                .isInstanceOf(SequenceException.RequestIdReused.class)
                .hasMessageContaining("request_id_reused");
        Answer retriedStart = step(model, "8", true, false, "s1", features(first));
        assertSame(step(model, "8", true, false, "s1", features(first)), retriedStart);
        assertThat(sequences().list("m", 10, null))
                .extracting(SequenceStore.Entry::steps)
                .containsExactly(3L, 2L);
        assertThat(meters.counter("tidegate.sequences.retries", "model", "m").count())
                .isEqualTo(2);
    }

    @Test
    void aRequestWithoutAnIdIsNeverARetry() {
        ModelVersion model = startWithClassifier();
        float[] one = floats(3);
        step(model, "7", true, false, null, features(one));
        step(model, "7", false, false, null, features(one));
        step(model, "7", false, false, null, features(one));
        assertThat(sequences().list("m", 10, null).getFirst().steps()).isEqualTo(3);
    }

    @Test
    void theRequestThatEndedASequenceMayBeRetried() {
        ModelVersion model = startWithClassifier();
        float[] one = floats(3);
        step(model, "7", true, false, "a", features(floats(3)));
        Answer last = step(model, "7", false, true, "b", features(one));
        assertSame(step(model, "7", false, true, "b", features(one)), last);
        assertThatThrownBy(() -> step(model, "7", false, false, "c", features(one)))
                .isInstanceOf(SequenceException.Ended.class);
        Answer alone = step(model, "9", true, true, "d", features(one));
        assertSame(step(model, "9", true, true, "d", features(one)), alone);
        assertThat(sequences().list("m", 10, null)).isEmpty();
    }

    @Test
    void hiddenOfSeveralStepsComesAgainToo() {
        ModelVersion model = startWithClassifier();
        Step several = new Step(
                model,
                false,
                new SequenceControl("7", true, false),
                "r",
                () -> Sequences.digest("same"),
                _ -> features(new float[12]),
                true,
                Caller.PATIENT);
        float[] hidden = sequences().step(several).hidden();
        assertThat(hidden).hasSize(4 * 5);
        assertThat(sequences().step(several).hidden()).isEqualTo(hidden);
        Step one = new Step(
                model,
                false,
                new SequenceControl("7", false, false),
                "s",
                () -> Sequences.digest("one"),
                _ -> features(new float[3]),
                true,
                Caller.PATIENT);
        float[] single = sequences().step(one).hidden();
        assertThat(sequences().step(one).hidden()).isEqualTo(single);
    }

    @Test
    void unknownEndedAndExpiredSequencesAreToldApart() {
        ModelVersion model = startWithClassifier();
        assertRefused(Failure.Kind.INVALID, "sequence_unknown", () -> step(model, "1", false, false, null, one()));
        assertThatThrownBy(() -> step(model, "1", false, false, null, one()))
                .hasMessageContaining(
                        "inference request for sequence 1 to model 'm' must specify the START flag on the first request of the sequence");
        step(model, "2", true, true, null, one());
        assertRefused(Failure.Kind.GONE, "sequence_ended", () -> step(model, "2", false, false, null, one()));
        step(model, "3", true, false, null, one());
        store().expire(new SequenceKey("m", "3"), Duration.ofSeconds(312));
        assertRefused(Failure.Kind.GONE, "idle 312 s", () -> step(model, "3", false, false, null, one()));
        step(model, "3", true, false, null, one());
        assertThat(meters.counter("tidegate.sequences.expired", "model", "m").count())
                .isEqualTo(1);
    }

    @Test
    void aStartOnALiveIdEndsTheOldOneAndIsCounted() {
        ModelVersion model = startWithClassifier();
        float[] features = floats(3);
        step(model, "1", true, false, null, features(floats(9)));
        Answer anew = step(model, "1", true, false, null, features(features));
        assertSame(anew, step(model, "2", true, false, null, features(features)));
        assertThat(meters.counter("tidegate.sequences.restarts", "model", "m").count())
                .isEqualTo(1);
    }

    @Test
    void aStepThatFailsAdvancesNothing() {
        ModelVersion model = startWithClassifier();
        step(model, "1", true, false, null, one());
        for (SequenceControl control :
                List.of(new SequenceControl("1", false, false), new SequenceControl("new", true, false))) {
            assertThatThrownBy(() -> sequences()
                            .step(new Step(
                                    model,
                                    false,
                                    control,
                                    null,
                                    () -> SequenceRow.Digest.NONE,
                                    _ -> {
                                        throw new InvalidInputException("", "bad");
                                    },
                                    false,
                                    Caller.PATIENT)))
                    .isInstanceOf(InvalidInputException.class);
        }
        assertThat(sequences().list("m", 10, null))
                .extracting(SequenceStore.Entry::id)
                .containsExactly("1");
        assertThat(sequences().list("m", 10, null).getFirst().steps()).isEqualTo(1);
    }

    @Test
    void aSequenceStaysOnTheVersionItBeganWith() {
        start("reference");
        ModelVersion first = publish("m", Uploads.classifier("m", CellType.LSTM, 3, false, 1));
        registry().setAlias("m", "champion", 1, "", OptionalInt.empty());
        step(first, "1", true, false, null, one());
        ModelVersion second = publish("m", Uploads.classifier("m", CellType.LSTM, 3, false, 2));
        registry().setAlias("m", "champion", 2, "", OptionalInt.empty());
        ModelVersion now = registry().resolve(ModelRef.parse("m"));
        assertThat(now).isSameAs(second);
        assertThat(step(now, "1", false, false, null, one()).version()).isSameAs(first);
        assertThat(step(now, "2", true, false, null, one()).version()).isSameAs(second);
        assertThat(step(now, "1", true, false, null, one()).version()).isSameAs(second);
    }

    @Test
    void whoNamesAnotherVersionByItsNumberAdvancesNothing() {
        ModelVersion first = startWithClassifier();
        step(first, true, "1", true, false, "a", one());
        ModelVersion second = publish("m", Uploads.classifier("m", CellType.LSTM, 3, false, 2));
        for (String request : List.of("a", "b")) { // a retry, and a new one
            assertRefused(
                    Failure.Kind.CONFLICT,
                    "sequence_version: sequence 1 of model 'm' began with version 1 and stays on it, and the request is"
                            + " for version 2",
                    () -> step(second, true, "1", false, false, request, one()));
        }
        assertThat(sequences().list("m", 10, null).getFirst().steps()).isEqualTo(1);
        assertThat(step(first, true, "1", false, false, "b", one()).version()).isSameAs(first);
        assertThat(step(second, true, "1", true, false, "c", one()).version()).isSameAs(second);
    }

    @Test
    void aVersionWithLiveSequencesIsNotToBeDeleted() {
        ModelVersion model = startWithClassifier();
        sequences().requireNone(model);
        step(model, "1", true, false, null, one());
        step(model, "2", true, false, null, one());
        assertRefused(
                Failure.Kind.CONFLICT,
                "version 1 of model 'm' isn't deleted: 2 live sequences",
                () -> sequences().requireNone(model));
        step(model, "1", false, true, null, one());
        step(model, "2", false, true, null, one());
        sequences().requireNone(model);
    }

    @Test
    void aSequenceWhoseVersionWasDeletedBeforeARestartIsLost() {
        ModelVersion model = startWithClassifier();
        step(model, "1", true, false, "a", one());
        SequenceKey key = new SequenceKey("m", "1");
        SequenceRow row = ((SequenceStore.Found.Live) store().find(key)).row();
        SequenceRow.Stamp seen = row.stamp();
        row.version(9); // as another process left it
        row.steps(2);
        assertThat(store().put(key, seen, row)).isTrue();
        assertRefused(
                Failure.Kind.GONE,
                "sequence_lost: sequence 1 of model 'm' can't go on: it began with version 9",
                () -> step(model, "1", false, false, "b", one()));
        assertRefused(Failure.Kind.GONE, "sequence_lost: ", () -> sequences().state("m", "1"));
        assertThat(step(model, "1", true, false, "c", one()).version()).isSameAs(model);
    }

    @Test
    void anOldVersionIsUnloadedWhenTheLastOfItsSequencesIsOver() {
        ModelVersion first = startWithClassifier();
        step(first, "1", true, false, null, one());
        step(first, "2", true, false, null, one());
        publish("m", Uploads.classifier("m", CellType.LSTM, 3, false, 2));
        step(first, "1", false, true, null, one());
        for (int k = 0; k < 3; k++) {
            sequences().releaseUnused();
            registry().unloadSuperseded();
        }
        assertThat(first.state()).isEqualTo(LoadState.READY);
        step(first, "2", false, true, null, one());
        for (int k = 0; k < 3; k++) {
            sequences().releaseUnused();
            registry().unloadSuperseded();
        }
        assertThat(first.state()).isEqualTo(LoadState.UNLOADED);
    }

    @Test
    void anUnloadedModelsSequencesGoOnAndNewOnesDoNotBegin() {
        ModelVersion model = startWithClassifier();
        step(model, "1", true, false, null, one());
        registry().unload("m");
        step(model, "1", false, false, null, one());
        assertThatThrownBy(() -> step(model, "2", true, false, null, one()))
                .isInstanceOf(RegistryException.NotReady.class);
        step(model, "1", false, true, null, one());
        assertThatThrownBy(() -> step(model, "2", true, false, null, one()))
                .isInstanceOf(RegistryException.NotReady.class);
    }

    @Test
    void twoWayModelsAndBatchesAreRefused() {
        start("reference");
        ModelVersion twoWay = publish("two-way", Uploads.classifier("two-way", CellType.LSTM, 3, true, 1));
        ModelVersion model = publish("m", Uploads.classifier("m", CellType.LSTM, 3, false, 1));
        assertThatThrownBy(() -> step(twoWay, "1", true, false, null, one()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("must see a sequence whole");
        Batch two = new Batch(new Batch.Input.Features(floats(6), 3), new int[] {0, 1, 2});
        assertThatThrownBy(() -> step(model, "1", true, false, null, two)).hasMessageContaining("batch of 1");
    }

    /** A NaN that got into one sequence's state stays there, whoever shares its runs. */
    @ParameterizedTest
    @ValueSource(strings = {"reference", "fused"})
    void manySequencesAtOnceNeverMix(String engine) throws Exception {
        start(engine);
        ModelVersion model = publish("m", Uploads.classifier("m", CellType.WM, 3, false, 1));
        int count = 100, steps = 30;
        List<float[]> inputs = new ArrayList<>();
        List<Answer> expected = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            inputs.add(floats(3 * steps));
            expected.add(step(model, "whole-" + k, true, true, null, features(inputs.get(k))));
        }
        List<Callable<@Nullable Answer>> clients = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            int client = k;
            clients.add(() -> {
                Answer last = null;
                for (int t = 0; t < steps; t++) {
                    float[] x = Arrays.copyOfRange(inputs.get(client), 3 * t, 3 * t + 3);
                    last = step(model, "s" + client, t == 0, false, "r" + t, features(x));
                    if (t % 3 == client % 3) {
                        assertSame(step(model, "s" + client, t == 0, false, "r" + t, features(x)), last);
                    }
                }
                return last;
            });
        }
        for (int k = 0; k < 5; k++) {
            int client = k;
            clients.add(() -> {
                for (int t = 0; t < steps; t++) {
                    step(model, "nan" + client, t == 0, false, null, features(new float[] {Float.NaN, 0, 0}));
                }
                return null;
            });
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<@Nullable Answer>> answers = threads.invokeAll(clients);
            for (int k = 0; k < count; k++) {
                assertSame(answers.get(k).get(), expected.get(k));
            }
        }
    }

    /** Steps of one sequence that come at once are made one after the other, and none is lost. */
    @Test
    void stepsOfOneSequenceTakeTurns() throws Exception {
        ModelVersion model = startWithClassifier();
        step(model, "1", true, false, null, one());
        List<Callable<Answer>> steps = new ArrayList<>();
        for (int k = 0; k < 200; k++) {
            steps.add(() -> step(model, "1", false, false, null, features(new float[] {1, 2, 3})));
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Answer> each : threads.invokeAll(steps)) {
                each.get();
            }
        }
        assertThat(sequences().list("m", 10, null).getFirst().steps()).isEqualTo(201);
    }

    @Test
    void aStateMovesToAnotherIdAndGoesOnTheSame() {
        ModelVersion model = startWithClassifier();
        step(model, "1", true, false, null, one());
        byte[] blob = sequences().state("m", "1");
        sequences().restore("m", "moved", blob);
        float[] next = floats(3);
        assertSame(
                step(model, "moved", false, false, null, features(next)),
                step(model, "1", false, false, null, features(next)));
    }

    @Test
    void aStateThatWasTouchedOrIsOfOtherWeightsIsRefused() {
        ModelVersion model = startWithClassifier();
        publish("other", Uploads.classifier("other", CellType.WM, 3, false, 9));
        step(model, "1", true, false, null, one());
        byte[] blob = sequences().state("m", "1");
        for (int k = 0; k < blob.length; k++) {
            byte[] touched = blob.clone();
            touched[k] ^= 0x10;
            assertThatThrownBy(() -> sequences().restore("m", "2", touched))
                    .isInstanceOf(SequenceException.BadState.class);
            byte[] cut = Arrays.copyOf(blob, k);
            assertThatThrownBy(() -> sequences().restore("m", "2", cut)).isInstanceOf(SequenceException.BadState.class);
        }
        assertThatThrownBy(() -> sequences().restore("other", "2", blob))
                .hasMessageContaining("expected one of model 'other'");
        StateBlob.Content content = new StateBlob(SigningKeys.of("", "", dataDir)).open(blob);
        byte[] foreign = new StateBlob(SigningKeys.of("", "", dataDir.resolve("elsewhere"))).seal(content);
        assertThatThrownBy(() -> sequences().restore("m", "2", foreign)).hasMessageContaining("signed with a key");
        byte[] otherWeights = new StateBlob(SigningKeys.of("", "", dataDir))
                .seal(new StateBlob.Content("m", 1, "00".repeat(32), content.precision(), content.row()));
        assertThatThrownBy(() -> sequences().restore("m", "2", otherWeights))
                .hasMessageContaining("no version of model 'm' has here");
        assertThat(sequences().list("m", 10, null))
                .extracting(SequenceStore.Entry::id)
                .containsExactly("1");
    }

    @Test
    void aKeyThatWasChangedIsAcceptedForAWhile() {
        String old = "A".repeat(43) + "=", now = "B".repeat(43) + "=";
        startWithClassifier();
        SequenceRow row = SequenceRow.ofBytes(200);
        StateBlob.Content content =
                new StateBlob.Content("m", 1, "ab", io.tidegate.core.engine.States.Precision.FLOAT32, row);
        byte[] blob = new StateBlob(SigningKeys.of(old, "", dataDir)).seal(content);
        assertThat(new StateBlob(SigningKeys.of(now, old, dataDir))
                        .open(blob)
                        .row()
                        .memory()
                        .mismatch(row.memory()))
                .isEqualTo(-1);
        assertThatThrownBy(() -> new StateBlob(SigningKeys.of(now, "", dataDir)).open(blob))
                .hasMessageContaining("signed with a key");
    }

    // --- what the tests are made of ---

    private ModelVersion startWithClassifier() {
        start("reference");
        return publish("m", Uploads.classifier("m", CellType.WM, 3, false, 1));
    }

    private void start(String name) {
        Engine engine = name.equals("fused") ? FusedEngine.forServing(1) : new ReferenceEngine();
        Clock clock = Clock.systemUTC();
        registry = new ModelRegistry(dataDir, (_, config, weights) -> engine.load(config, weights), meters, clock);
        Limits limits = new Limits(
                DataSize.ofMegabytes(64),
                Duration.ofMinutes(1),
                DataSize.ofGigabytes(1),
                1_000_000,
                1024,
                10_000,
                DataSize.ofMegabytes(512));
        Runner runner = new Runner(limits, new Batching(64, Duration.ZERO, 10_000), meters);
        sequences = new Sequences(
                registry,
                runner,
                (_, expired) -> {
                    HeapStore opened = new HeapStore(expired);
                    store = opened;
                    return opened;
                },
                new StateBlob(SigningKeys.of("", "", dataDir)),
                meters,
                clock);
    }

    private Sequences sequences() {
        return Objects.requireNonNull(sequences);
    }

    private ModelRegistry registry() {
        return Objects.requireNonNull(registry);
    }

    private HeapStore store() {
        return Objects.requireNonNull(store);
    }

    private ModelVersion publish(String name, Uploads.Model model) {
        ModelRegistry into = registry();
        Path staging = into.newStaging();
        try {
            Files.write(staging.resolve(Checkpoint.MODEL_FILE), model.files().modelJson());
            Files.write(staging.resolve(Checkpoint.WEIGHTS_FILE), model.files().weights());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return into.publish(name, staging);
    }

    private Answer step(
            ModelVersion version, String id, boolean begins, boolean ends, @Nullable String request, Batch batch) {
        return step(version, false, id, begins, ends, request, batch);
    }

    private Answer step(
            ModelVersion version,
            boolean byNumber,
            String id,
            boolean begins,
            boolean ends,
            @Nullable String request,
            Batch batch) {
        return sequences()
                .step(new Step(
                        version,
                        byNumber,
                        new SequenceControl(id, begins, ends),
                        request,
                        () -> Sequences.digest(
                                batch.input() instanceof Batch.Input.Features(float[] x, int _)
                                        ? Arrays.toString(x)
                                        : Arrays.toString(((Batch.Input.Tokens) batch.input()).ids())),
                        _ -> batch,
                        false,
                        Caller.PATIENT));
    }

    private static void assertRefused(Failure.Kind kind, String message, Runnable step) {
        assertThatThrownBy(step::run)
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(kind))
                .hasMessageContaining(message);
    }

    private float[] floats(int count) {
        float[] floats = new float[count];
        for (int k = 0; k < count; k++) {
            floats[k] = (float) random.nextDouble(-1, 1);
        }
        return floats;
    }

    private Batch one() {
        return features(floats(3));
    }

    private static Batch features(float[] values) {
        return Batch.single(new Batch.Input.Features(values, 3));
    }

    private static Batch tokens(int[] ids) {
        return Batch.single(new Batch.Input.Tokens(ids));
    }
}
