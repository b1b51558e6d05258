package io.tidegate.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.Tidegate;
import io.tidegate.core.cell.CellType;
import io.tidegate.testkit.Uploads;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A real process, killed with SIGKILL while uploads are under way. */
class KilledServerTest {

    @TempDir
    private Path dataDir;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Process> started = new ArrayList<>();
    private int port;

    @Test
    void whatWasAcknowledgedSurvivesAKillAndNothingIsHalfThere() throws Exception {
        Process server = start();
        Set<Integer> acknowledged = new ConcurrentSkipListSet<>();
        List<Thread> uploaders = Stream.of(1, 2, 3)
                .map(k -> Thread.ofVirtual().start(() -> uploadUntilItFails(acknowledged)))
                .toList();
        while (acknowledged.size() < 10) {
            Thread.onSpinWait();
        }
        server.destroyForcibly().waitFor(); // SIGKILL, in the middle of other uploads
        for (Thread uploader : uploaders) {
            uploader.join();
        }

        start();
        JsonNode versions = json("/api/v1/models").get("models").values().stream()
                .filter(model -> model.get("name").asString().equals("hammered"))
                .findFirst()
                .orElseThrow()
                .get("versions");
        List<Integer> kept = versions.valueStream()
                .map(version -> version.get("version").asInt())
                .toList();
        assertThat(kept).containsAll(acknowledged).doesNotHaveDuplicates();
        for (int version : kept) {
            HttpResponse<String> answer =
                    send(HttpRequest.newBuilder(uri("/api/v1/models/hammered@" + version + "/predict"))
                            .POST(HttpRequest.BodyPublishers.ofString("{\"sequences\": [[[1, 2]]]}")));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        }
        try (Stream<Path> staging = Files.list(dataDir.resolve("models/.staging"))) {
            assertThat(staging).isEmpty();
        }
    }

    private void uploadUntilItFails(Set<Integer> acknowledged) {
        for (long seed = 1; ; seed++) {
            Uploads.Model model = Uploads.classifier("hammered", CellType.WM, 2, false, seed);
            try {
                HttpResponse<String> response = client.send(
                        Uploads.request(
                                        uri("/api/v1/models/hammered/versions"),
                                        model.files().modelJson(),
                                        model.files().weights())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                acknowledged.add(JsonMapper.shared()
                        .readTree(response.body())
                        .get("version")
                        .asInt());
            } catch (IOException | RuntimeException gone) {
                return;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private Process start() throws Exception {
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@tidegate.jvm",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Tidegate.class.getName(),
                        "--server.port=" + port,
                        "--tidegate.data-dir=" + dataDir,
                        "--tidegate.engine=reference")
                .redirectErrorStream(true)
                .redirectOutput(dataDir.resolve("server.log").toFile())
                .start();
        started.add(process);
        awaitReady(process);
        return process;
    }

    private void awaitReady(Process process) throws Exception {
        Instant deadline = Instant.now().plus(Duration.ofSeconds(90));
        while (Instant.now().isBefore(deadline) && process.isAlive()) {
            try {
                if (send(HttpRequest.newBuilder(uri("/actuator/health/readiness")))
                                .statusCode()
                        == 200) {
                    return;
                }
            } catch (IOException notYet) {
                process.waitFor(100, TimeUnit.MILLISECONDS);
            }
        }
        throw new AssertionError("the server didn't become ready:\n" + Files.readString(dataDir.resolve("server.log")));
    }

    private JsonNode json(String path) throws Exception {
        return JsonMapper.shared()
                .readTree(send(HttpRequest.newBuilder(uri(path))).body());
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    @AfterEach
    void stop() {
        started.forEach(Process::destroyForcibly);
    }
}
