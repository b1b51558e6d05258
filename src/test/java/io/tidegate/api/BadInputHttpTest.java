package io.tidegate.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.ServiceTest;
import io.tidegate.testkit.Uploads;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** Whatever is sent, the answer is a problem that says where, and the server goes on. */
@TestPropertySource(
        properties = {
            "tidegate.limits.max-body=1MB",
            "tidegate.limits.max-steps=500",
            "tidegate.limits.max-batch=20",
            "tidegate.limits.max-generated=50"
        })
class BadInputHttpTest extends ServiceTest {

    private static final String DIGITS = "/api/v1/models/digits-wm/predict",
            VERSES = "/api/v1/models/verses-wm/predict";

    static Stream<Arguments> badInputs() {
        return Stream.of(
                bad(
                        DIGITS,
                        "{\"sequences\": [[[1], [1, 2]]]}",
                        "/sequences/0/1",
                        "takes 1 feature per step, sequence 0 step 1 has 2"),
                bad(DIGITS, "{\"sequences\": [[[1]], [[]]]}", "/sequences/1/0", "sequence 1 step 0 has 0"),
                bad(DIGITS, "{\"sequences\": [[[1]], []]}", "/sequences/1", "at least one step, got none"),
                bad(DIGITS, "{\"sequences\": []}", "/sequences", "at least one sequence, got none"),
                bad(DIGITS, "{\"sequences\": [[[NaN]]]}", "", "expected JSON"),
                bad(DIGITS, "{\"sequences\": [[[Infinity]]]}", "", "expected JSON"),
                bad(DIGITS, "{\"sequences\": [[[1e39]]]}", "/sequences/0/0/0", "32-bit float"),
                bad(DIGITS, "{\"sequences\": [[[1e999]]]}", "/sequences/0/0/0", "32-bit float"),
                bad(DIGITS, "{\"sequences\": [[[[1]]]]}", "/sequences/0/0/0", "expected a number, got an array"),
                bad(DIGITS, "{\"sequences\": [[1, 2]]}", "/sequences/0/0", "a step: an array of 1 number"),
                bad(DIGITS, "{\"sequences\": [[[\"1\"]]]}", "/sequences/0/0/0", "expected a number, got a string"),
                bad(DIGITS, "{\"sequences\": [[[null]]]}", "/sequences/0/0/0", "expected a number, got null"),
                bad(DIGITS, "{\"sequences\": {}}", "/sequences", "expected an array"),
                bad(DIGITS, "{\"sequence\": [[[1]]]}", "/sequence", "expected \"sequences\" or \"texts\""),
                bad(DIGITS, "{\"sequences\": [[[1]]], \"texts\": [\"a\"]}", "/texts", "got both"),
                bad(DIGITS, "{}", "", "got neither"),
                bad(DIGITS, "[]", "", "expected an object"),
                bad(DIGITS, "", "", "got nothing"),
                bad(DIGITS, "{\"sequences\": [[[1], [2", "", "expected JSON"),
                bad(DIGITS, "{\"sequences\": [[[1]]]} {}", "", "more after it"),
                bad(DIGITS, "{\"texts\": [\"a\"]}", "/texts", "not texts; send \"sequences\""),
                bad(
                        DIGITS,
                        "{\"sequences\": " + "[".repeat(101) + "]".repeat(101) + "}",
                        "/sequences/0/0/0",
                        "got an array"),
                bad(
                        DIGITS,
                        "{\"sequences\": [" + "[[1]],".repeat(20) + "[[1]]]}",
                        "/sequences",
                        "at most 20 sequences"),
                bad(DIGITS, "{\"sequences\": [[" + "[1],".repeat(500) + "[1]]]}", "/sequences/0", "at most 500 steps"),
                bad(DIGITS + "?steps=some", "{\"sequences\": [[[1]]]}", "", "expected all or last"),
                bad(VERSES, "{\"texts\": [\"in the\", \"be§gin\"]}", "/texts/1", "character 3, '§' (U+00A7)"),
                bad(VERSES, "{\"texts\": [\"\"]}", "/texts/0", "at least one step"),
                bad(VERSES, "{\"texts\": []}", "/texts", "at least one sequence"),
                bad(VERSES, "{\"texts\": [7]}", "/texts/0", "expected a string, got a number"),
                bad(VERSES, "{\"texts\": [\"" + "a".repeat(501) + "\"]}", "/texts/0", "at most 500 steps"),
                bad(VERSES, "{\"sequences\": [[[1]]]}", "/sequences", "reads characters"),
                bad(
                        "/api/v1/models/digits-wm/inspect",
                        "{\"sequences\": [[[1]], [[2]]]}",
                        "",
                        "takes one sequence, got 2"),
                bad("/api/v1/models/verses-wm/generate", "{}", "/prompt", "at least one character"),
                bad(
                        "/api/v1/models/verses-wm/generate",
                        "{\"prompt\": \"a\", \"maxTokens\": 51}",
                        "/maxTokens",
                        "1 to 50"),
                bad(
                        "/api/v1/models/verses-wm/generate",
                        "{\"prompt\": \"a\", \"temperature\": -1}",
                        "/temperature",
                        "0 to 100"),
                bad(
                        "/api/v1/models/verses-wm/generate",
                        "{\"prompt\": \"a\", \"topK\": -1}",
                        "/topK",
                        "0 (all) or more"),
                bad("/api/v1/models/verses-wm/generate", "{\"prompt\": \"a\", \"topk\": 1}", "/topk", "topk"),
                bad(
                        "/api/v1/models/verses-wm/generate",
                        "{\"prompt\": \"a\", \"maxTokens\": \"x\"}",
                        "/maxTokens",
                        "x"),
                bad(
                        "/api/v1/models/verses-wm/generate",
                        "{\"prompt\": " + "[".repeat(101),
                        "/prompt",
                        "expected a value that fits String"),
                bad("/api/v1/models/digits-wm/generate", "{\"prompt\": \"a\"}", "", "can't generate"));
    }

    private static Arguments bad(String path, String body, String pointer, String message) {
        return Arguments.of(path, body, pointer, message);
    }

    @ParameterizedTest
    @MethodSource("badInputs")
    void aBadInputIsRefusedWithItsPlaceAndWhatIsAccepted(String path, String body, String pointer, String message) {
        HttpResponse<String> response = post(path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        JsonNode problem = json(response);
        assertThat(problem.get("status").asInt()).isEqualTo(400);
        assertThat(problem.get("detail").asString()).contains(message).doesNotContain("Exception", "io.tidegate");
        assertThat(problem.at("/errors/0/pointer").asString()).isEqualTo(pointer);
        assertThat(problem.has("instance")).isTrue();
    }

    @Test
    void aBodyOverTheLimitIsRefusedByItsDeclaredLength() {
        HttpResponse<String> response = post(DIGITS, " ".repeat(1 << 20) + "{}");
        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(json(response).get("detail").asString()).contains("at most 1048576 bytes");
    }

    @Test
    void aBodyOverTheLimitIsRefusedWhereItPassesItWhenItsLengthIsUnknown() {
        byte[] body = ("{\"sequences\": [[" + " ".repeat(1 << 20)).getBytes(StandardCharsets.UTF_8);
        HttpResponse<String> response = send(HttpRequest.newBuilder(uri(DIGITS))
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))));
        assertThat(response.statusCode()).isEqualTo(413);
    }

    @Test
    void anUploadOverTheLimitIsRefused() {
        HttpResponse<String> response =
                send(Uploads.request(uri("/api/v1/models/large/versions"), new byte[10], new byte[1 << 20]));
        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(get("/api/v1/models/large").statusCode()).isEqualTo(404);
    }

    @Test
    void anUploadWithoutItsPartsIsRefused() {
        HttpResponse<String> response = send(HttpRequest.newBuilder(uri("/api/v1/models/partless/versions"))
                .header("Content-Type", "multipart/form-data; boundary=x")
                .POST(HttpRequest.BodyPublishers.ofString("--x--\r\n")));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("model");
    }

    @ParameterizedTest
    @ValueSource(strings = {"partless/versions", "%2e%2e/versions", "partless/versions;a=b"})
    void anUploadThatIsNotInPartsIsRefused(String path) {
        HttpResponse<String> response = send(HttpRequest.newBuilder(uri("/api/v1/models/" + path))
                .header("Content-Type", "multipart/form-data")
                .POST(HttpRequest.BodyPublishers.ofString("{}")));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(json(response).get("detail").asString()).startsWith("expected multipart/form-data");
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /api/v1/models/digits-wm/predict",
        "PUT, /api/v1/models/digits-wm/aliases/champion",
        "POST, /api/v1/training-jobs",
        "DELETE, /api/v1/models/nobody/sequences/7",
        "GET, /api/v1/models/ecg-wm/sequences",
        "BREW, /api/v1/models"
    })
    void aBodyThatClaimsToBeInPartsIsNoFailureOfTheServers(String method, String path) {
        HttpResponse<String> response = send(HttpRequest.newBuilder(uri(path))
                .header("Content-Type", "multipart/form-data")
                .method(method, HttpRequest.BodyPublishers.ofString("{}")));
        assertThat(response.statusCode()).as(response.body()).isBetween(400, 499);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
    }

    @Test
    void thereIsNoPageOfErrors() {
        HttpResponse<String> response =
                send(HttpRequest.newBuilder(uri("/error")).header("Accept", "text/html"));
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).doesNotContain("<html");
    }

    @Test
    void wrongMethodsAndPathsAreProblemsToo() {
        assertThat(delete(DIGITS).statusCode()).isEqualTo(405);
        HttpResponse<String> nowhere = get("/api/v1/nowhere");
        assertThat(nowhere.statusCode()).isEqualTo(404);
        assertThat(nowhere.headers().firstValue("Content-Type")).contains("application/problem+json");
    }

    @ParameterizedTest
    @CsvSource({
        "/api/v1/models/%zz, detail",
        "/api/v1/models/ecg-wm/sequences?limit=%zz, detail",
        "/v2/models/%zz/infer, error"
    })
    void aMalformedPathIsRefusedInTheFormOfItsFamily(String path, String member) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", uri("/").getPort())) {
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(response)
                    .startsWith("HTTP/1.1 400")
                    .contains("{\"", "\"" + member + "\":\"expected")
                    .doesNotContain("<html");
        }
    }

    @Test
    void aClientThatGoesAwayInTheMiddleOfItsBodyHarmsNobody() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", uri("/").getPort())) {
            socket.getOutputStream()
                    .write(("POST " + DIGITS
                                    + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"sequences\": [[[1]")
                            .getBytes(StandardCharsets.US_ASCII));
        }
    }

    @AfterEach
    void theServerGoesOn() {
        assertThat(post(DIGITS, "{\"sequences\": [[[1], [2]]]}").statusCode()).isEqualTo(200);
    }
}
