package io.tidegate.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.ServiceTest;
import java.io.BufferedReader;
import java.io.StringReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

@TestPropertySource(properties = {"tidegate.training.max-jobs=2", "tidegate.training.checkpoint-updates=10"})
class TrainingJobsHttpTest extends ServiceTest {

    private static final String JOBS = "/api/v1/training-jobs";
    private static final String SMALL =
            "\"parameters\": {\"steps\": 8, \"hiddenSize\": 4, \"epochs\": 2, \"sequencesPerEpoch\": 100, \"batchSize\": 10}";
    /** Runs until somebody stops it. */
    private static final String LONG =
            "\"parameters\": {\"steps\": 20, \"hiddenSize\": 8, \"epochs\": 100000, \"sequencesPerEpoch\": 100, \"batchSize\": 10}";

    private String submit(String fields) {
        HttpResponse<String> response = post(JOBS, "{\"recipe\": \"adding\", " + fields + "}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        String id = json(response).get("id").asString();
        assertThat(response.headers().firstValue("Location")).hasValue(JOBS + "/" + id);
        return id;
    }

    private JsonNode await(String id, String... statuses) {
        while (true) {
            JsonNode job = json(get(JOBS + "/" + id));
            if (Set.of(statuses).contains(job.get("status").asString())) {
                return job;
            }
            assertThat(job.get("status").asString()).as(job.toString()).isNotEqualTo("FAILED");
            Thread.onSpinWait();
        }
    }

    @Test
    void aJobEndsAsAVersionThatTellsWhereItComesFrom() {
        String id = submit("\"model\": \"sums\", \"cell\": \"wm\", \"seed\": 7, " + SMALL
                + ", \"publish\": {\"alias\": \"champion\"}");
        JsonNode job = await(id, "SUCCEEDED");
        assertThat(job.at("/progress/step").asLong()).isEqualTo(20);
        assertThat(job.at("/progress/fraction").asDouble()).isEqualTo(1);
        assertThat(job.get("error").isNull()).isTrue();
        assertThat(job.get("transitions").values().stream()
                        .map(each -> each.get("status").asString()))
                .containsExactly("QUEUED", "RUNNING", "SUCCEEDED");

        JsonNode card = json(get("/api/v1/models/sums@champion"));
        assertThat(card.get("weightsSha256")).isEqualTo(job.at("/published/weightsSha256"));
        assertThat(card.get("version")).isEqualTo(job.at("/published/version"));
        assertThat(card.at("/training/job").asString()).isEqualTo(id);
        assertThat(card.at("/training/engine").asString())
                .startsWith("fused/")
                .isEqualTo(job.get("engine").asString());
        assertThat(card.at("/training/recipe").asString()).isEqualTo("adding");
        assertThat(card.at("/training/seed").asLong()).isEqualTo(7);
        assertThat(card.at("/training/parameters/hiddenSize").asInt()).isEqualTo(4);
        assertThat(card.get("metrics")).isEqualTo(job.get("metrics"));
        assertThat(job.get("metrics").propertyNames())
                .contains("validation.loss", "validation.mse", "test.loss", "test.mse");
        assertThat(json(get("/api/v1/models/sums/aliases/champion/history"))
                        .at("/changes/0/reason")
                        .asString())
                .startsWith("job " + id + ": ");
        assertThat(post("/api/v1/models/sums/predict", "{\"sequences\": [[[0.5, 1], [0.25, 1]]]}")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void theAliasStaysWhereTheNewVersionIsNoBetter() {
        String good = "\"model\": \"better\", \"seed\": 3, " + SMALL
                + ", \"publish\": {\"alias\": \"best\", \"when\": \"better\"}";
        await(submit(good), "SUCCEEDED");
        JsonNode second = await(submit(good), "SUCCEEDED"); // the same weights: not better
        assertThat(second.at("/published/version").asInt()).isEqualTo(2);
        assertThat(second.get("transitions").values().stream()
                        .map(each -> each.get("reason").asString()))
                .last()
                .asString()
                .contains("alias 'best' stays where it is, not better: mse");
        assertThat(json(get("/api/v1/models/better/aliases/best"))
                        .get("version")
                        .asInt())
                .isEqualTo(1);
        assertThat(json(get("/api/v1/models/better@1")).get("weightsSha256"))
                .isEqualTo(second.at("/published/weightsSha256"));
    }

    @Test
    void versionsChangeUnderLoadWithNoFailedRequest() throws Exception {
        String always =
                "\"model\": \"busy\", " + SMALL + ", \"publish\": {\"alias\": \"champion\", \"when\": \"always\"}";
        await(submit(always), "SUCCEEDED");
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService clients = Executors.newFixedThreadPool(4)) {
            List<Future<Set<Integer>>> seen = Stream.generate(() -> clients.submit(() -> {
                        Set<Integer> versions = new TreeSet<>();
                        while (!done.get()) {
                            HttpResponse<String> answer =
                                    post("/api/v1/models/busy/predict", "{\"sequences\": [[[0.5, 1], [0.25, 1]]]}");
                            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                            versions.add(json(answer).get("version").asInt());
                        }
                        return versions;
                    }))
                    .limit(4)
                    .toList();
            for (int version = 2; version <= 4; version++) {
                JsonNode job = await(submit(always), "SUCCEEDED");
                assertThat(job.at("/published/version").asInt()).isEqualTo(version);
            }
            int last = json(post("/api/v1/models/busy/predict", "{\"sequences\": [[[0.5, 1]]]}"))
                    .get("version")
                    .asInt();
            assertThat(last).isEqualTo(4);
            done.set(true);
            for (Future<Set<Integer>> each : seen) {
                assertThat(each.get()).hasSizeGreaterThan(1);
            }
        } finally {
            done.set(true);
        }
        assertThat(post("/api/v1/models/busy/aliases/champion/rollback", "{\"reason\": \"worse\"}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(json(get("/api/v1/models/busy")).get("version").asInt()).isEqualTo(3);
    }

    @Test
    void aPausedAndResumedTrainingGivesTheWeightsOfOneThatRanThrough() {
        String fields =
                "\"model\": \"paused\", \"seed\": 5, \"parameters\": {\"steps\": 30, \"hiddenSize\": 16, \"epochs\": 4,"
                        + " \"sequencesPerEpoch\": 1000, \"batchSize\": 10}";
        String paused = submit(fields);
        while (json(get(JOBS + "/" + paused)).at("/progress/step").asLong() == 0) {
            Thread.onSpinWait();
        }
        assertThat(post(JOBS + "/" + paused + "/pause", "").statusCode()).isEqualTo(202);
        JsonNode stopped = await(paused, "PAUSED");
        long at = stopped.at("/progress/step").asLong();
        assertThat(at).isBetween(1L, 399L);
        assertThat(json(get(JOBS + "/" + paused + "/checkpoints"))
                        .at("/checkpoints/0/step")
                        .asLong())
                .isEqualTo(at);
        assertThat(post(JOBS + "/" + paused + "/pause", "").statusCode()).isEqualTo(409);
        assertThat(post(JOBS + "/" + paused + "/resume", "").statusCode()).isEqualTo(202);
        JsonNode resumed = await(paused, "SUCCEEDED");
        JsonNode through = await(submit(fields), "SUCCEEDED");
        assertThat(resumed.at("/published/weightsSha256")).isEqualTo(through.at("/published/weightsSha256"));
        assertThat(steps(paused))
                .isEqualTo(steps(through.get("id").asString()))
                .hasSize(400)
                .doesNotHaveDuplicates();
    }

    private List<Long> steps(String id) {
        return json(get(JOBS + "/" + id + "/metrics")).get("metrics").values().stream()
                .filter(point -> point.get("name").asString().equals("gradientNorm"))
                .map(point -> point.get("step").asLong())
                .toList();
    }

    @Test
    void aRunningJobCanBeCancelledAndThenNothingElse() {
        String id = submit(LONG);
        assertThat(post(JOBS + "/" + id + "/resume", "").statusCode()).isEqualTo(409);
        await(id, "RUNNING");
        assertThat(get("/actuator/prometheus").body()).contains("tidegate_training_job_loss{", "job=\"" + id + "\"");
        assertThat(post(JOBS + "/" + id + "/cancel", "").statusCode()).isEqualTo(202);
        JsonNode job = await(id, "CANCELLED");
        assertThat(job.get("published").isNull()).isTrue();
        for (String call : List.of("cancel", "pause", "resume")) {
            HttpResponse<String> response = post(JOBS + "/" + id + "/" + call, "");
            assertThat(response.statusCode()).isEqualTo(409);
            assertThat(json(response).get("detail").asString()).contains("CANCELLED");
        }
        assertThat(get("/actuator/prometheus").body())
                .doesNotContain("job=\"" + id + "\"")
                .contains("tidegate_training_jobs{status=\"CANCELLED\"}");
    }

    @Test
    void aTrainingThatDivergesSaysWhenAndKeepsTheBestWeights() {
        String id = json(post(
                        JOBS,
                        "{\"recipe\": \"adding\", \"cell\": \"lstm\", \"parameters\": {\"steps\": 8, \"hiddenSize\": 4, \"epochs\": 50,"
                                + " \"sequencesPerEpoch\": 1000, \"optimizer\": \"sgd\", \"momentum\": 1, \"learningRate\": 10, \"clipNorm\": 0}}"))
                .get("id")
                .asString();
        JsonNode job;
        do {
            job = json(get(JOBS + "/" + id));
        } while (!Set.of("FAILED", "SUCCEEDED").contains(job.get("status").asString()));
        assertThat(job.at("/error/type").asString()).isEqualTo("urn:tidegate:problem:diverged");
        assertThat(job.at("/error/detail").asString())
                .contains("update", "gradient norm", "lower learning rate", "jobs/" + id + "/best");
    }

    @Test
    void postsWithOneKeyAtOnceMakeOneJob() throws Exception {
        String key = UUID.randomUUID().toString(), body = "{\"recipe\": \"adding\", \"seed\": 11, " + SMALL + "}";
        List<Callable<String>> posts = new ArrayList<>();
        for (int k = 0; k < 8; k++) {
            posts.add(() -> json(keyed(key, body)).get("id").asString());
        }
        Set<String> ids;
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            ids = callers.invokeAll(posts).stream()
                    .map(TrainingJobsHttpTest::result)
                    .collect(Collectors.toSet());
        }
        assertThat(ids).hasSize(1);
        HttpResponse<String> other = keyed(key, body.replace("11", "12"));
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(json(other).get("detail").asString()).contains(ids.iterator().next());
        assertThat(keyed("", body).statusCode()).isEqualTo(400);
    }

    private static String result(Future<String> future) {
        try {
            return future.get();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private HttpResponse<String> keyed(String key, String body) {
        return send(HttpRequest.newBuilder(uri(JOBS))
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    @Test
    void eventsGoOnAfterTheLastOneSeenAndEndWithTheJob() {
        String id = submit(SMALL);
        List<String> all = events(id, "");
        assertThat(all).first().asString().isEqualTo("1 status");
        assertThat(all).last().asString().endsWith(" status");
        assertThat(all.stream().filter(event -> event.endsWith(" metrics"))).hasSizeGreaterThan(20);
        String seen = all.get(3).substring(0, all.get(3).indexOf(' '));
        assertThat(events(id, seen)).isEqualTo(all.subList(4, all.size()));
        assertThat(send(HttpRequest.newBuilder(uri(JOBS + "/" + id + "/events")).header("Last-Event-ID", "x"))
                        .statusCode())
                .isEqualTo(400);
    }

    /** Reads until the server ends the stream. */
    private List<String> events(String id, String lastEventId) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(JOBS + "/" + id + "/events"));
        if (!lastEventId.isEmpty()) {
            request.header("Last-Event-ID", lastEventId);
        }
        List<String> lines = new BufferedReader(new StringReader(send(request).body()))
                .lines()
                .toList();
        List<String> events = new ArrayList<>();
        for (int k = 0; k + 1 < lines.size(); k++) {
            if (lines.get(k).startsWith("id:")) {
                events.add(lines.get(k).substring(3) + " " + lines.get(k + 1).substring("event:".length()));
            }
        }
        return events;
    }

    @Test
    void theCurveIsTheSameInJsonAndCsv() {
        String id = submit(SMALL);
        await(id, "SUCCEEDED");
        List<String> json = json(get(JOBS + "/" + id + "/metrics")).get("metrics").values().stream()
                .map(p -> Stream.of("step", "epoch", "split", "name", "value")
                        .map(field -> p.get(field).asString())
                        .collect(Collectors.joining(",")))
                .toList();
        List<String> csv = send(HttpRequest.newBuilder(uri(JOBS + "/" + id + "/metrics"))
                        .header("Accept", "text/csv"))
                .body()
                .lines()
                .toList();
        assertThat(csv.getFirst()).isEqualTo("step,epoch,split,name,value");
        assertThat(csv.subList(1, csv.size())).isEqualTo(json);
        assertThat(json).anyMatch(line -> line.contains(",train,learningRate,"));
        assertThat(json).anyMatch(line -> line.contains(",validation,mse,"));
        assertThat(json).anyMatch(line -> line.contains(",test,mse,"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|/recipe|expected the name of a recipe",
                "{\"recipe\": \"nothing\"}|/recipe|expected one of adding",
                "{\"recipe\": \"adding\", \"cell\": \"gru\"}|/cell|expected one of lstm",
                "{\"recipe\": \"adding\", \"model\": \"No\"}|/model|model name",
                "{\"recipe\": \"adding\", \"preset\": \"slow\"}|/preset|expected one of full",
                "{\"recipe\": \"adding\", \"dataset\": \"digits\"}|/dataset|makes its data up",
                "{\"recipe\": \"adding\", \"publish\": {}}|/publish/alias|expected an alias",
                "{\"recipe\": \"adding\", \"publish\": {\"alias\": \"latest\"}}|/publish/alias|kept by the server",
                "{\"recipe\": \"adding\", \"publish\": {\"alias\": \"a\", \"when\": \"soon\"}}|/publish/when|always or better",
                "{\"recipe\": \"adding\", \"parameters\": {\"hiddenSize\": 0}}|/parameters/hiddenSize|from 1 to 4096",
                "{\"recipe\": \"adding\", \"parameters\": {\"hidden\": 9}}|/parameters/hidden|no such parameter",
                "{\"recipe\": \"adding\", \"parameters\": {\"hiddenSize\": 4096, \"steps\": 100000, \"batchSize\": 65536}}|/parameters|tidegate.training.limits.max-memory",
                "{\"recipe\": \"adding\", \"parameters\": {\"epochs\": 100000, \"sequencesPerEpoch\": 1000000, \"batchSize\": 1}}|/parameters|tidegate.training.limits.max-updates",
                "{\"recipe\": \"adding\", \"seeds\": 1}|/seeds|unknown field"
            })
    void whatCannotBeTrainedIsRefusedWithAPointer(String body, String pointer, String words) {
        HttpResponse<String> response = post(JOBS, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(response.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/problem+json");
        assertThat(json(response).at("/errors/0/pointer").asString()).isEqualTo(pointer);
        assertThat(json(response).at("/errors/0/detail").asString()).contains(words);
    }

    @Test
    void jobsAreListedByPagesAndAJobThatIsNotThereIsNotFound() {
        String first = submit(SMALL), second = submit(SMALL);
        JsonNode page = json(get(JOBS + "?limit=1"));
        assertThat(page.at("/jobs/0/id").asString()).isEqualTo(second);
        assertThat(json(get(JOBS + "?limit=1&after=" + page.get("next").asString()))
                        .at("/jobs/0/id")
                        .asString())
                .isEqualTo(first);
        await(first, "SUCCEEDED");
        assertThat(json(get(JOBS + "?status=SUCCEEDED")).get("jobs").size()).isPositive();
        assertThat(get(JOBS + "?status=DONE").statusCode()).isEqualTo(400);
        assertThat(get(JOBS + "?limit=0").statusCode()).isEqualTo(400);
        for (String path : List.of("", "/metrics", "/events", "/checkpoints")) {
            assertThat(get(JOBS + "/nobody" + path).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void recipesTellTheirParametersAsJsonSchema() {
        JsonNode adding = json(get("/api/v1/recipes/adding"));
        assertThat(adding.at("/parameters/properties/hiddenSize/default").asInt())
                .isEqualTo(128);
        assertThat(adding.get("presets").propertyNames()).contains("quick", "full");
        assertThat(json(get("/api/v1/recipes")).get("recipes").values()).contains(adding);
        assertThat(get("/api/v1/recipes/nothing").statusCode()).isEqualTo(404);
    }
}
