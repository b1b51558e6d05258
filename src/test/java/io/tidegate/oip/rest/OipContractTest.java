package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.ServiceTest;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the server really answers, for each demo model, against the protocol's own shapes. */
class OipContractTest extends ServiceTest {

    private static final List<String> DEMOS =
            List.of("digits-lstm", "digits-wm", "verses-lstm", "verses-wm", "ecg-lstm", "ecg-wm");

    private static final int BATCH = 2, STEPS = 5;

    @Test
    void theServerDescribesItself() {
        OipSchema.SERVER_METADATA.check(get("/v2"));
        OipSchema.SERVER_METADATA.check(get("/v2/"));
    }

    /** The protocol's own form has a body, Triton's and MLServer's has none: either is right, and anything else wrong. */
    @ParameterizedTest
    @CsvSource({
        "/v2/health/live, LIVE",
        "/v2/health/ready, READY",
        "/v2/models/digits-wm/ready, READY",
        "/v2/models/digits-wm/versions/1/ready, READY"
    })
    void healthIsAStatusWithTheProtocolsBodyOrNone(String path, OipSchema schema) {
        HttpResponse<String> response = get(path);
        assertThat(response.statusCode()).isEqualTo(200);
        if (!response.body().isEmpty()) {
            schema.check(response);
        }
    }

    @Test
    void theIndexListsEveryDemoModel() {
        JsonNode index = OipSchema.REPOSITORY_INDEX.check(post("/v2/repository/index", "{}"));
        assertThat(index.values())
                .extracting(entry -> entry.get("name").asString())
                .containsAll(DEMOS);
    }

    static List<String> demos() {
        return DEMOS;
    }

    @ParameterizedTest
    @MethodSource("demos")
    void aDemoModelTakesAndGivesWhatItsMetadataSays(String model) {
        JsonNode metadata = OipSchema.MODEL_METADATA.check(get("/v2/models/" + model));
        assertThat(OipSchema.MODEL_METADATA.check(get("/v2/models/" + model + "/versions/1")))
                .isEqualTo(metadata);

        String request = request(metadata).toString();
        OipSchema.INFER_REQUEST.check(request);
        HttpResponse<String> response = post("/v2/models/" + model + "/infer", request);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        JsonNode answer = OipSchema.INFER_RESPONSE.check(response);
        assertThat(answer.get("id").asString()).isEqualTo("contract");
        assertMatches(answer.get("outputs"), metadata.get("outputs"));
    }

    @ParameterizedTest
    @MethodSource("demos")
    void aDemoModelsBinaryAnswerHasTheSameShape(String model) {
        JsonNode metadata = json(get("/v2/models/" + model));
        ObjectNode request = request(metadata);
        request.putObject("parameters").put("binary_data_output", true);
        HttpResponse<byte[]> response = sendForBytes(HttpRequest.newBuilder(uri("/v2/models/" + model + "/infer"))
                .POST(BodyPublishers.ofString(request.toString())));
        int length = Math.toIntExact(response.headers()
                .firstValueAsLong("Inference-Header-Content-Length")
                .orElseThrow());
        String head = new String(response.body(), 0, length, StandardCharsets.UTF_8);
        JsonNode outputs = OipSchema.INFER_RESPONSE.check(head).get("outputs");
        long tail = outputs.values().stream()
                .mapToLong(output -> output.at("/parameters/binary_data_size").asLong())
                .sum();
        assertThat(length + tail).isEqualTo(response.body().length);
    }

    @ParameterizedTest
    @MethodSource("demos")
    void aDemoModelIsCounted(String model) {
        post(
                "/v2/models/" + model + "/infer",
                request(json(get("/v2/models/" + model))).toString());
        for (String path : List.of("/v2/models/" + model + "/stats", "/v2/models/" + model + "/versions/1/stats")) {
            JsonNode counted = OipSchema.STATISTICS.check(get(path)).at("/model_stats/0");
            assertThat(counted.get("name").asString()).isEqualTo(model);
            assertThat(counted.get("batch_stats")).isNotEmpty();
        }
        OipSchema.STATISTICS.check(get("/v2/models/stats"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /v2/models/nobody",
                "GET /v2/models/nobody/ready",
                "GET /v2/models/nobody/stats",
                "GET /v2/models/digits-wm/versions/99",
                "GET /v2/models/digits-wm/infer",
                "GET /v2/nowhere",
                "GET /v2/models/%00",
                "POST /v2/models/nobody/infer",
                "POST /v2/models/digits-wm/infer",
                "POST /v2/models/digits-wm",
                "POST /v2/models/verses-wm/generate",
                "POST /v2/repository/models/nobody/load",
                "POST /v2/repository/models/nobody/unload",
                "DELETE /v2"
            })
    void aRefusalIsAnError(String call) {
        String[] parts = call.split(" ");
        HttpResponse<String> response = send(
                HttpRequest.newBuilder(uri(parts[1])).method(parts[0], BodyPublishers.ofString("{\"inputs\": [{}]}")));
        assertThat(response.statusCode()).isBetween(400, 499);
        OipSchema.ERROR.check(response);
    }

    /** A request for two sequences that a model with such tensors takes. */
    private static ObjectNode request(JsonNode metadata) {
        ObjectNode request = JSON.createObjectNode().put("id", "contract");
        ArrayNode inputs = request.putArray("inputs");
        for (JsonNode tensor : metadata.get("inputs")) {
            ObjectNode input = inputs.addObject();
            input.put("name", tensor.get("name").asString());
            input.put("datatype", tensor.get("datatype").asString());
            List<Integer> shape = shape(tensor);
            for (int k = 0; k < shape.size(); k++) {
                shape.set(k, k == 0 ? BATCH : shape.get(k) < 0 ? STEPS : shape.get(k));
            }
            input.set("shape", JSON.valueToTree(shape));
            Stream<?> elements = IntStream.range(0, elements(shape))
                    .mapToObj(
                            k -> tensor.get("datatype").asString().equals("BYTES") ? "In the" : (Object) (k % 7 * 0.5));
            input.set("data", JSON.valueToTree(elements.toList()));
        }
        return request;
    }

    /** One tensor for each described one: its datatype, sizes that fit, and as many elements as those make. */
    private static void assertMatches(JsonNode tensors, JsonNode described) {
        assertThat(tensors.size()).isEqualTo(described.size());
        for (int t = 0; t < described.size(); t++) {
            JsonNode tensor = tensors.get(t), promised = described.get(t);
            assertThat(tensor.get("name")).isEqualTo(promised.get("name"));
            assertThat(tensor.get("datatype")).isEqualTo(promised.get("datatype"));
            List<Integer> sizes = shape(tensor), expected = shape(promised);
            assertThat(sizes).hasSameSizeAs(expected);
            for (int k = 0; k < sizes.size(); k++) {
                assertThat(sizes.get(k)).isEqualTo(k == 0 ? BATCH : expected.get(k));
            }
            assertThat(tensor.get("data").size()).isEqualTo(elements(sizes));
        }
    }

    private static List<Integer> shape(JsonNode tensor) {
        return tensor.get("shape").values().stream().map(JsonNode::asInt).collect(Collectors.toList());
    }

    private static int elements(List<Integer> shape) {
        return shape.stream().reduce(1, Math::multiplyExact);
    }
}
