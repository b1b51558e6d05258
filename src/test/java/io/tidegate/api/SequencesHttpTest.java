package io.tidegate.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.ServiceTest;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Live sequences as a client sees them, on a demo model. */
class SequencesHttpTest extends ServiceTest {

    private static final String MODEL = "ecg-wm";

    @Test
    void stepsGoOnWhereTheLastOnesEndedAsTheWholeDoes() {
        JsonNode whole = ok(step("\"whole\"", true, false, null, 0.1, 0.2, 0.3, 0.4));
        ok(step("\"parts\"", true, false, null, 0.1, 0.2));
        ok(step("\"parts\"", false, false, null, 0.3));
        assertThat(values(ok(step("\"parts\"", false, true, null, 0.4)))).isEqualTo(values(whole));
        HttpResponse<String> after = step("\"parts\"", false, false, null, 0.5);
        assertThat(after.statusCode()).isEqualTo(410);
        assertThat(error(after)).startsWith("sequence_ended: ");
    }

    @Test
    void anIntegerAndTheTextThatWritesItAreTheSameId() {
        ok(step("7", true, false, null, 0.1));
        ok(step("\"7\"", false, false, null, 0.2));
        ok(step("18446744073709551615", true, false, null, 0.1));
        ok(step("\"18446744073709551615\"", false, true, null, 0.2));
        assertThat(get("/api/v1/models/" + MODEL + "/sequences").body()).contains("\"id\":\"7\"", "\"steps\":2");
        assertThat(send(HttpRequest.newBuilder(uri("/api/v1/models/" + MODEL + "/sequences/7"))
                                .DELETE())
                        .statusCode())
                .isEqualTo(204);
        assertThat(step("7", false, false, null, 0.1).statusCode()).isEqualTo(410);
    }

    @Test
    void aRetryGetsTheFirstAnswerAgain() {
        ok(step("\"retry\"", true, false, "a", 0.1));
        JsonNode first = ok(step("\"retry\"", false, false, "b", 0.7));
        assertThat(ok(step("\"retry\"", false, false, "b", 0.7))).isEqualTo(first);
        HttpResponse<String> other = step("\"retry\"", false, false, "b", 0.8);
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(error(other)).startsWith("request_id_reused: ");
    }

    @Test
    void aStepLikeTheLastButForItsFlagsIsNoRetry() {
        ok(step("\"flags\"", true, false, "same", 0.1));
        for (boolean end : new boolean[] {false, true}) {
            HttpResponse<String> other = step("\"flags\"", false, end, "same", 0.1);
            assertThat(other.statusCode()).isEqualTo(409);
            assertThat(error(other)).startsWith("request_id_reused: ");
        }
        ok(step("\"flags\"", true, false, "same", 0.1));
    }

    @Test
    void aStepOfAnUnknownSequenceIsRefusedInTritonsWords() {
        HttpResponse<String> response = step("123", false, false, null, 0.1);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(error(response))
                .isEqualTo("sequence_unknown: inference request for sequence 123 to model '" + MODEL
                        + "' must specify the START flag on the first request of the sequence");
    }

    @Test
    void aStateIsTakenOutAndPutBackUnderAnotherId() throws Exception {
        ok(step("\"from\"", true, false, null, 0.1, 0.2));
        try (HttpClient client = HttpClient.newHttpClient()) {
            String path = "/api/v1/models/" + MODEL + "/sequences/";
            byte[] blob = client.send(
                            HttpRequest.newBuilder(uri(path + "from/state")).build(),
                            HttpResponse.BodyHandlers.ofByteArray())
                    .body();
            assertThat(put(client, path + "to/state", blob)).isEqualTo(204);
            assertThat(values(ok(step("\"to\"", false, false, null, 0.3))))
                    .isEqualTo(values(ok(step("\"from\"", false, false, null, 0.3))));
            blob[blob.length / 2] ^= 1;
            assertThat(put(client, path + "to/state", blob)).isEqualTo(400);
        }
        assertThat(get("/api/v1/models/" + MODEL + "/sequences/nobody/state").statusCode())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({"ward 3/bed 7, ward%203%2Fbed%207", "a\\b, a%5Cb", "50%, 50%25", "a%2Fb, a%252Fb", "état, %C3%A9tat"})
    void anIdIsPercentEncodedInPaths(String id, String encoded) {
        String path = "/api/v1/models/" + MODEL + "/sequences/" + encoded;
        ok(step("\"" + id.replace("\\", "\\\\") + "\"", true, false, null, 0.1));
        byte[] blob = sendForBytes(HttpRequest.newBuilder(uri(path + "/state"))).body();
        assertThat(send(HttpRequest.newBuilder(uri(path + "/state")).PUT(HttpRequest.BodyPublishers.ofByteArray(blob)))
                        .statusCode())
                .isEqualTo(204);
        assertThat(delete(path).statusCode()).isEqualTo(204);
        HttpResponse<String> again = delete(path);
        assertThat(again.statusCode()).isEqualTo(404);
        assertThat(json(again).get("detail").asString()).startsWith("sequence " + id + " of model");
    }

    @Test
    void sequencesShowInTheMetrics() {
        ok(step("\"metrics\"", true, false, null, 0.1));
        assertThat(get("/actuator/prometheus").body())
                .contains(
                        "tidegate_sequences_live{model=\"ecg-wm\"}",
                        "tidegate_sequences_starts_total{model=\"ecg-wm\"}",
                        "tidegate_sequences_waiting{model=\"ecg-wm\"} 0.0",
                        "tidegate_batch_rows_bucket{model=\"ecg-wm\"",
                        "tidegate_queue_wait_seconds_bucket{model=\"ecg-wm\"");
    }

    private int put(HttpClient client, String path, byte[] blob) throws IOException, InterruptedException {
        return client.send(
                        HttpRequest.newBuilder(uri(path))
                                .PUT(HttpRequest.BodyPublishers.ofByteArray(blob))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    private HttpResponse<String> step(String id, boolean start, boolean end, String request, double... values) {
        StringBuilder data = new StringBuilder();
        for (double value : values) {
            data.append(data.isEmpty() ? "" : ",").append(value);
        }
        return post(
                "/v2/models/" + MODEL + "/infer",
                "{" + (request == null ? "" : "\"id\": \"" + request + "\",") + "\"parameters\": {\"sequence_id\": "
                        + id
                        + ", \"sequence_start\": " + start + ", \"sequence_end\": " + end
                        + "}, \"inputs\": [{\"name\": \"input\", \"datatype\": \"FP32\", \"shape\": [1, "
                        + values.length
                        + ", 1], \"data\": [" + data + "]}]}");
    }

    private static JsonNode ok(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private static JsonNode values(JsonNode answer) {
        return answer.get("outputs").get(0).get("data");
    }

    private static String error(HttpResponse<String> response) {
        return JSON.readTree(response.body()).get("error").asString();
    }
}
