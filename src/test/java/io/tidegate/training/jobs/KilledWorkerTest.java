package io.tidegate.training.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.core.cell.CellType;
import io.tidegate.testkit.ServerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Real processes, killed with SIGKILL in the middle of trainings with each cell, Adam, dropout and states carried over windows:
 * the weights that come out are those of trainings that nobody disturbed.
 */
class KilledWorkerTest {

    private static final String JOBS = "/api/v1/training-jobs";
    private static final String[] SETTINGS = {
        "--tidegate.training.max-jobs=5",
        "--tidegate.training.threads=2",
        "--tidegate.training.checkpoint-updates=7",
        "--tidegate.training.heartbeat=500ms"
    };

    private static final String WINDOWS =
            "{\"recipe\": \"character-lm\", \"cell\": \"wm\", \"seed\": 4, \"parameters\": {\"window\": 10, \"hiddenSize\": 12,"
                    + " \"epochs\": 3, \"batchSize\": 10, \"maxCharacters\": 20000, \"dropout\": 0.2, \"layers\": 2, \"optimizer\": \"adam\"}}";

    @TempDir
    private Path dataDir;

    /** What the same jobs come to when nobody disturbs them, by recipe and cell; found once for both databases. */
    private static final Map<String, Undisturbed> UNDISTURBED = new LinkedHashMap<>();

    private record Undisturbed(String sha256, JsonNode metrics, List<String> curve) {}

    @BeforeAll
    static void runUndisturbed(@TempDir Path elsewhere) throws Exception {
        try (ServerProcess server = ServerProcess.start(elsewhere, SETTINGS).awaitReady()) {
            for (Map.Entry<String, String> job : submit(server).entrySet()) {
                JsonNode ended = awaitEnd(server, job.getValue());
                String sha256 = ended.at("/published/weightsSha256").asString();
                UNDISTURBED.put(
                        job.getKey(), new Undisturbed(sha256, ended.get("metrics"), curve(server, job.getValue())));
            }
        }
    }

    @Test
    void aRestartedProcessGoesOnToTheSameWeightsForEachCell() throws Exception {
        Map<String, String> jobs;
        try (ServerProcess server = ServerProcess.start(dataDir, SETTINGS).awaitReady()) {
            jobs = submit(server);
            awaitUnderWay(server, jobs.values());
            server.kill();
        }
        assertNoHalfCheckpoint();
        try (ServerProcess server = ServerProcess.start(dataDir, SETTINGS).awaitReady()) {
            for (Map.Entry<String, String> job : jobs.entrySet()) {
                JsonNode ended = awaitEnd(server, job.getValue());
                assertThat(reasons(ended)).anyMatch(reason -> reason.matches("worker .* was lost"));
                assertThat(reasons(ended)).anyMatch(reason -> reason.contains("goes on after update"));
            }
            assertSameAsUndisturbed(server, jobs);
        }
    }

    @Test
    void anotherWorkerOnOnePostgresTakesTheJobsOver() throws Exception {
        List<String> settings = new ArrayList<>(List.of(SETTINGS));
        settings.add("--spring.datasource.url=" + Databases.postgresUrl());
        settings.add("--spring.datasource.username=postgres");
        String[] shared = settings.toArray(String[]::new);
        Map<String, String> jobs;
        try (ServerProcess first = ServerProcess.start(dataDir, shared).awaitReady();
                ServerProcess second = ServerProcess.start(dataDir, shared)) {
            jobs = submit(first);
            awaitUnderWay(first, jobs.values());
            second.awaitReady();
            Instant killed = Instant.now();
            first.kill();
            for (String job : jobs.values()) {
                JsonNode ended = awaitEnd(second, job);
                assertThat(ended.get("transitions").valueStream())
                        .filteredOn(each -> each.get("reason").asString().contains("was lost"))
                        .isNotEmpty()
                        .allSatisfy(
                                each -> assertThat(Instant.parse(each.get("at").asString()))
                                        .isBefore(killed.plus(Duration.ofSeconds(30))));
            }
            assertSameAsUndisturbed(second, jobs);
        }
    }

    @Test
    void aWorkerThatIsToldToStopLeavesItsJobsForTheNextBeforeThoseThatWait() throws Exception {
        String[] oneByOne = SETTINGS.clone();
        oneByOne[0] = "--tidegate.training.max-jobs=1";
        String begun, waits;
        try (ServerProcess server = ServerProcess.start(dataDir, oneByOne).awaitReady()) {
            begun = submit(server, request("adding", "wm"));
            waits = submit(server, request("adding", "lstm"));
            awaitUnderWay(server, List.of(begun));
            server.terminate();
        }
        try (ServerProcess server = ServerProcess.start(dataDir, oneByOne).awaitReady()) {
            JsonNode first = awaitEnd(server, begun), second = awaitEnd(server, waits);
            assertThat(reasons(first)).anyMatch(reason -> reason.matches("worker .* shut down after update [0-9]+"));
            assertThat(reasons(first)).noneMatch(reason -> reason.contains("was lost"));
            assertThat(at(second, "RUNNING")).isAfterOrEqualTo(at(first, "SUCCEEDED"));
        }
    }

    private static Instant at(JsonNode job, String status) {
        return job.get("transitions")
                .valueStream()
                .filter(each -> each.get("status").asString().equals(status))
                .map(each -> Instant.parse(each.get("at").asString()))
                .findFirst()
                .orElseThrow();
    }

    private static Map<String, String> submit(ServerProcess server) throws Exception {
        Map<String, String> jobs = new LinkedHashMap<>();
        for (CellType cell : CellType.values()) {
            String recipe = cell == CellType.LSTM ? "copying" : "adding";
            jobs.put(recipe + " " + cell, submit(server, request(recipe, cell.toString())));
        }
        jobs.put("dropout and carried states", submit(server, WINDOWS));
        return jobs;
    }

    private static String submit(ServerProcess server, String request) throws Exception {
        JsonNode job = server.post(JOBS, request);
        assertThat(job.has("id")).as(job.toString()).isTrue();
        return job.get("id").asString();
    }

    private static String request(String recipe, String cell) {
        return "{\"recipe\": \"" + recipe + "\", \"cell\": \"" + cell
                + "\", \"seed\": 3, \"parameters\": {\"steps\": 12,"
                + " \"hiddenSize\": 12, \"epochs\": 6, \"sequencesPerEpoch\": 1000, \"batchSize\": 10, \"optimizer\": \"adam\"}}";
    }

    /** Each job has written a checkpoint, and none has ended. */
    private static void awaitUnderWay(ServerProcess server, Iterable<String> jobs) throws Exception {
        for (String job : jobs) {
            while (server.get(JOBS + "/" + job + "/checkpoints")
                    .get("checkpoints")
                    .isEmpty()) {
                LockSupport.parkNanos(1_000_000);
            }
        }
        for (String job : jobs) {
            assertThat(server.get(JOBS + "/" + job).get("status").asString()).isEqualTo("RUNNING");
        }
    }

    private static JsonNode awaitEnd(ServerProcess server, String job) throws Exception {
        Instant deadline = Instant.now().plus(Duration.ofMinutes(3));
        while (true) {
            JsonNode shown = server.get(JOBS + "/" + job);
            String status = shown.get("status").asString();
            if (JobStatus.valueOf(status).isFinal()) {
                assertThat(status).as(shown.toString()).isEqualTo("SUCCEEDED");
                return shown;
            }
            assertThat(Instant.now()).as(shown + "\n" + server.log()).isBefore(deadline);
            LockSupport.parkNanos(50_000_000);
        }
    }

    private static List<String> reasons(JsonNode job) {
        return job.get("transitions")
                .valueStream()
                .map(each -> each.get("reason").asString())
                .toList();
    }

    private void assertNoHalfCheckpoint() throws Exception {
        try (Stream<Path> folders = Files.walk(dataDir.resolve("jobs"))) {
            assertThat(folders.filter(folder -> folder.getFileName().toString().matches("[0-9]+")))
                    .isNotEmpty()
                    .allSatisfy(folder -> assertThat(folder)
                            .isDirectoryContaining(file -> file.endsWith(TrainerCheckpoints.TENSORS))
                            .isDirectoryContaining(file -> file.endsWith(TrainerCheckpoints.NOTES)));
        }
    }

    private static void assertSameAsUndisturbed(ServerProcess server, Map<String, String> jobs) throws Exception {
        for (Map.Entry<String, String> job : jobs.entrySet()) {
            Undisturbed expected = UNDISTURBED.get(job.getKey());
            JsonNode shown = server.get(JOBS + "/" + job.getValue());
            assertThat(shown.at("/published/weightsSha256").asString())
                    .as(job.getKey())
                    .isEqualTo(expected.sha256());
            assertThat(shown.get("metrics")).isEqualTo(expected.metrics());
            assertThat(curve(server, job.getValue())).isEqualTo(expected.curve());
        }
    }

    /** But for how fast it went, and for what is looked at only every few seconds. */
    private static List<String> curve(ServerProcess server, String job) throws Exception {
        return server.get(JOBS + "/" + job + "/metrics")
                .get("metrics")
                .valueStream()
                .filter(point -> !point.get("name").asString().matches("stepsPerSecond|(gates|memory|recurrent)\\..*"))
                .map(JsonNode::toString)
                .toList();
    }
}
