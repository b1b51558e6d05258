package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.ServerProcess;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Two servers on one Redis. The last test ends one of them. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TwoServersTest {

    private static final String MODEL = "ecg-wm";

    @TempDir
    private static Path folder;

    private static RealRedis redis;
    private static ServerProcess one, other;

    @BeforeAll
    static void startAll() throws Exception {
        redis = RealRedis.open();
        one = start("one");
        other = start("other");
        one.awaitReady();
        other.awaitReady();
    }

    private static ServerProcess start(String name) throws IOException {
        return ServerProcess.start(
                Files.createDirectory(folder.resolve(name)),
                "--tidegate.sequences.store=redis",
                "--tidegate.sequences.redis=redis://127.0.0.1:" + redis.port() + "?timeout=500ms");
    }

    @AfterAll
    static void stopAll() throws Exception {
        one.close();
        other.close();
        redis.close();
    }

    @Test
    @Order(1)
    void whatOneBeganTheOtherGoesOnWith() throws Exception {
        JsonNode whole = ok(step(one, "whole", true, false, "1", 0.1, 0.2, 0.3, 0.4));
        ok(step(one, "parts", true, false, "1", 0.1, 0.2));
        JsonNode third = ok(step(other, "parts", false, false, "2", 0.3));
        assertThat(ok(step(one, "parts", false, false, "2", 0.3))).isEqualTo(third);
        assertThat(step(one, "parts", false, false, "2", 0.35).statusCode()).isEqualTo(409);
        JsonNode last = ok(step(one, "parts", false, true, "3", 0.4));
        assertThat(values(last)).isEqualTo(values(whole));
        assertThat(ok(step(other, "parts", false, true, "3", 0.4))).isEqualTo(last);
        assertThat(step(other, "parts", false, false, "4", 0.5).statusCode()).isEqualTo(410);
        assertThat(other.send("GET", "/actuator/prometheus", "").body())
                .contains("tidegate_sequences_live{model=\"" + MODEL + "\"} 1.0");
    }

    /** Its clients ask either of them at random, and many at once. */
    @Test
    @Order(2)
    void oneSequenceUnderBothMakesEachStepOnce() throws Exception {
        ok(step(one, "shared", true, false, null, 0.1));
        int clients = 4, each = 15;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int c = 0; c < clients; c++) {
                ServerProcess server = c % 2 == 0 ? one : other;
                all.add(threads.submit(() -> {
                    for (int made = 0; made < each; ) {
                        HttpResponse<String> answer = step(server, "shared", false, false, null, 0.1);
                        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 409);
                        made += answer.statusCode() == 200 ? 1 : 0;
                    }
                    return null;
                }));
            }
            for (Future<?> client : all) {
                client.get();
            }
        }
        double[] whole =
                IntStream.range(0, clients * each + 2).mapToDouble(_ -> 0.1).toArray();
        assertThat(values(ok(step(other, "shared", false, true, null, 0.1))))
                .isEqualTo(values(ok(step(one, "same", true, true, null, whole))));
    }

    @Test
    @Order(3)
    void withoutRedisStepsAreRefusedAndTheRestGoesOn() throws Exception {
        ok(step(one, "frozen", true, false, "1", 0.1));
        redis.freeze();
        HttpResponse<String> refused = step(other, "frozen", false, false, "2", 0.2);
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
        assertThat(one.send("GET", "/actuator/health", "").statusCode()).isEqualTo(503);
        assertThat(one.send("GET", "/actuator/health/readiness", "").statusCode())
                .isEqualTo(200);
        ok(one.send("POST", "/v2/models/" + MODEL + "/infer", "{" + inputs(0.1, 0.2) + "}"));
        redis.thaw();
        JsonNode second = answered(List.of(one, other), "frozen", "2", 0.2);
        assertThat(values(second)).isEqualTo(values(ok(step(one, "thawed", true, true, null, 0.1, 0.2))));
    }

    @Test
    @Order(4)
    void nobodyLosesAStepWhenAServerIsKilled() throws Exception {
        int clients = 6, steps = 120;
        CountDownLatch midway = new CountDownLatch(clients);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<JsonNode>> last = new ArrayList<>();
            for (int c = 0; c < clients; c++) {
                String id = "killed-" + c;
                last.add(threads.submit(() -> {
                    JsonNode answer = ok(step(other, id, true, false, "0", 0.01));
                    for (int k = 1; k < steps; k++) {
                        List<ServerProcess> servers = k % 2 == 0 ? List.of(one, other) : List.of(other, one);
                        answer = answered(servers, id, Integer.toString(k), 0.01 * (k + 1));
                        if (k == steps / 3) {
                            midway.countDown();
                        }
                    }
                    return answer;
                }));
            }
            midway.await();
            one.kill();
            double[] whole =
                    IntStream.range(0, steps).mapToDouble(k -> 0.01 * (k + 1)).toArray();
            JsonNode expected = values(ok(step(other, "unharmed", true, true, null, whole)));
            for (Future<JsonNode> each : last) {
                assertThat(values(each.get())).isEqualTo(expected);
            }
        }
    }

    /** As a client does: the same request, under the same id, until somebody answers. */
    private static JsonNode answered(List<ServerProcess> servers, String id, String request, double value)
            throws Exception {
        for (int attempt = 0; ; attempt++) {
            try {
                HttpResponse<String> answer =
                        step(servers.get(attempt % servers.size()), id, false, false, request, value);
                if (answer.statusCode() != 503) {
                    return ok(answer);
                }
            } catch (IOException e) {
                // killed
            }
            assertThat(attempt).isLessThan(200);
            Thread.sleep(10);
        }
    }

    private static HttpResponse<String> step(
            ServerProcess server, String id, boolean start, boolean end, String request, double... values)
            throws Exception {
        return server.send(
                "POST",
                "/v2/models/" + MODEL + "/infer",
                "{" + (request == null ? "" : "\"id\": \"" + request + "\", ") + "\"parameters\": {\"sequence_id\": \""
                        + id + "\", \"sequence_start\": " + start + ", \"sequence_end\": " + end + "}, "
                        + inputs(values) + "}");
    }

    private static String inputs(double... values) {
        return "\"inputs\": [{\"name\": \"input\", \"datatype\": \"FP32\", \"shape\": [1, " + values.length
                + ", 1], \"data\": "
                + IntStream.range(0, values.length)
                        .mapToObj(k -> Double.toString(values[k]))
                        .collect(Collectors.joining(", ", "[", "]"))
                + "}]";
    }

    private static JsonNode ok(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JsonMapper.shared().readTree(response.body());
    }

    private static JsonNode values(JsonNode answer) {
        return answer.get("outputs").get(0).get("data");
    }
}
