package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Text from language models, at once and as a stream. */
class OipGenerateTest extends OipServer {

    private static final String PATH = "/v2/models/oip-language-model/generate";

    private static final String REQUEST = """
            {"text_input": "ab", "max_tokens": 12, "temperature": 1.5, "top_k": 4, "seed": 7}""";

    /** The data of each event. */
    private static List<JsonNode> events(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElseThrow().replace(" ", ""))
                .isEqualToIgnoringCase("text/event-stream;charset=utf-8");
        assertThat(response.body()).endsWith("\n\n");
        return response.body()
                .lines()
                .filter(line -> !line.isEmpty())
                .map(line -> {
                    assertThat(line).startsWith("data: {");
                    return JSON.readTree(line.substring("data: ".length()));
                })
                .toList();
    }

    @Test
    void aTextIsWrittenOnAndTheSameSeedGivesTheSame() {
        JsonNode answer = json(post(PATH, REQUEST));
        assertThat(answer.propertyNames()).containsExactly("model_name", "model_version", "text_output");
        assertThat(answer.get("model_name").asString()).isEqualTo(LANGUAGE_MODEL);
        assertThat(answer.get("model_version").asString()).isEqualTo("1");
        String text = answer.get("text_output").asString();
        assertThat(text.codePoints()).hasSize(12).allMatch(c -> VOCABULARY.indexOf(c) >= 0);
        assertThat(json(post(PATH, REQUEST))).isEqualTo(answer);
        assertThat(json(post("/api/v1/models/oip-language-model/generate", """
                {"prompt": "ab", "maxTokens": 12, "temperature": 1.5, "topK": 4, "seed": 7}"""))
                        .get("text")
                        .asString())
                .isEqualTo(text);
    }

    @Test
    void aStreamGivesTheSameTextACharacterAtATime() {
        String expected = json(post(PATH, REQUEST)).get("text_output").asString();
        List<JsonNode> events = events(post(PATH + "_stream", REQUEST));
        assertThat(events)
                .hasSize(12)
                .allMatch(event -> event.get("model_version").asString().equals("1"));
        assertThat(String.join(
                        "",
                        events.stream()
                                .map(event -> event.get("text_output").asString())
                                .toList()))
                .isEqualTo(expected);
    }

    @Test
    void theServersOwnApiStreamsTheSameCharacters() {
        String expected = json(post(PATH, REQUEST)).get("text_output").asString();
        String own = """
                {"prompt": "ab", "maxTokens": 12, "temperature": 1.5, "topK": 4, "seed": 7}""";
        HttpRequest.Builder request = HttpRequest.newBuilder(uri("/api/v1/models/oip-language-model/generate"))
                .header("Accept", "text/event-stream");
        List<JsonNode> events = events(send(request.POST(BodyPublishers.ofString(own))));
        assertThat(String.join(
                        "",
                        events.stream()
                                .map(event -> event.get("text").asString())
                                .toList()))
                .isEqualTo(expected);
        HttpResponse<String> refused = send(request.POST(BodyPublishers.ofString("{\"prompt\": \"\"}")));
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(json(refused).get("detail").asString()).contains("at least one character");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"parameters\": {\"max_tokens\": 12, \"temperature\": 1.5, \"top_k\": 4, \"seed\": 7}, \"text_input\": \"ab\"}",
                "{\"text_input\": [\"ab\"], \"max_tokens\": 12, \"temperature\": 1.5, \"parameters\": {\"top_k\": 4, \"seed\": 7}}",
                "{\"text\": \"ab\", \"max_tokens\": 12, \"temperature\": 1.5, \"top_k\": 4, \"seed\": 7, \"stream\": true, \"id\": \"\"}",
                "{\"text_input\": \"ab\", \"max_tokens\": 12, \"temperature\": 1.5, \"top_k\": 4, \"seed\": 7, \"x\": {\"y\": [1]}}"
            })
    void parametersMayComeInEachOfTheUsualPlaces(String request) {
        assertThat(json(post(PATH, request))).isEqualTo(json(post(PATH, REQUEST)));
        assertThat(json(post("/v2/models/oip-language-model/versions/1/generate", request)))
                .isEqualTo(json(post(PATH, REQUEST)));
    }

    @Test
    void anIdIsGivenBackWithEachAnswer() {
        String request = "{\"id\": \"42\"," + REQUEST.substring(1);
        assertThat(json(post(PATH, request)).get("id").asString()).isEqualTo("42");
        assertThat(events(post(PATH + "_stream", request)))
                .allMatch(event -> event.get("id").asString().equals("42"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {}                                          | expected 1 inputs but got 0 inputs for model 'oip-language-model'
            {"abc": 123}                                | missing required input(s) [text_input]
            {"text_input": 123}                         | /text_input: expected a text, got 123
            {"text_input": {"a": "b"}}                  | /text_input: expected a text, got an object
            {"text_input": ["a", "b"]}                  | expected one text, got more
            {"text_input": []}                          | missing required input(s) [text_input]
            {"text_input": ""}                          | text_input: expected at least one character, got none
            {"text_input": "a", "text": "b"}            | input 'text' already exists in request
            {"text_input": "x"}                         | character 1, 'x'
            {"text_input": "a", "max_tokens": 0}        | max_tokens: expected a whole number from 1 to 10000, got 0
            {"text_input": "a", "max_tokens": 1.5}      | max_tokens: expected a whole number from 1 to 10000, got 1.5
            {"text_input": "a", "max_tokens": "1"}      | max_tokens: expected a whole number from 1 to 10000, got 1
            {"text_input": "a", "max_tokens": 10001}    | max_tokens: expected a whole number from 1 to 10000, got 10001
            {"text_input": "a", "temperature": -1}      | temperature: expected a number from 0
            {"text_input": "a", "temperature": true}    | temperature: expected a number from 0
            {"text_input": "a", "top_k": -1}            | top_k: expected a whole number from 0
            {"text_input": "a", "seed": 1e30}           | seed: expected a whole number
            {"text_input": "a", "parameters": 1}        | /parameters: expected an object of parameters, got 1
            []                                          | expected a JSON object with "text_input"
            {"text_input": "a"                          | failed to parse the request JSON buffer
            """)
    void aRequestThatMakesNoSenseIsRefusedBeforeAStreamBegins(String request, String message) {
        assertError(post(PATH, request), 400, message);
        assertError(post(PATH + "_stream", request), 400, message);
    }

    @Test
    void aModelThatWritesNoTextIsRefused() {
        assertError(post("/v2/models/oip-classifier/generate", REQUEST), 400, "can't generate");
        assertError(post("/v2/models/oip-classifier/generate_stream", REQUEST), 400, "can't generate");
        assertError(post("/v2/models/nobody/generate_stream", REQUEST), 404, "'nobody' is not found");
        assertError(get(PATH), 405, "Method Not Allowed");
    }

    @Test
    void aCompressedBodyIsRefused() {
        HttpResponse<String> response = send(HttpRequest.newBuilder(uri(PATH))
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofString(REQUEST)));
        assertError(response, 415, "Content-Encoding", "identity");
        assertThat(response.headers().firstValue("Accept-Encoding")).hasValue("identity");
    }

    @Test
    void aStreamEndsWhenItsReaderGoes() throws IOException {
        String request = "{\"text_input\": \"a\", \"max_tokens\": 10000}";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), uri("").getPort())) {
            String head =
                    "POST " + PATH + "_stream HTTP/1.1\r\nHost: x\r\nContent-Length: " + request.length() + "\r\n\r\n";
            socket.getOutputStream().write((head + request).getBytes(StandardCharsets.UTF_8));
            InputStream in = socket.getInputStream();
            assertThat(new String(in.readNBytes(12), StandardCharsets.UTF_8)).isEqualTo("HTTP/1.1 200");
        }
        // The model can be unloaded once nobody holds it: an abandoned stream would hold it to its end.
        assertThat(post("/v2/repository/models/oip-language-model/unload", "").statusCode())
                .isEqualTo(200);
        assertThat(post("/v2/repository/models/oip-language-model/load", "").statusCode())
                .isEqualTo(200);
        assertThat(events(post(PATH + "_stream", REQUEST))).hasSize(12);
    }
}
