package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Tensors in binary, after the JSON or alone. */
class OipBinaryTest extends OipServer {

    private static final String HEADER = "Inference-Header-Content-Length";

    /** Two sequences of 2 and 1 steps, the second one padded. */
    private static final float[] FEATURES = {3, -4, 11, 6, 5, 7, 0, 0};

    private static final String AS_JSON = """
            {"inputs": [{"name": "input", "shape": [2, 2, 2], "datatype": "FP32", "data": [3, -4, 11, 6, 5, 7, 0, 0]},
                        {"name": "lengths", "shape": [2], "datatype": "INT32", "data": [2, 1]}]}""";

    private static final String IN_BINARY = """
            {"inputs": [{"name": "input", "shape": [2, 2, 2], "datatype": "FP32", "parameters": {"binary_data_size": 32}},
                        {"name": "lengths", "shape": [2], "datatype": "INT32", "parameters": {"binary_data_size": 8}}]%s}""";

    private static final byte[] LENGTHS = ints(2, 1);

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    private static byte[] ints(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(values);
        return bytes.array();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /** @param jsonLength null for no header */
    private HttpResponse<byte[]> send(String model, String jsonLength, byte[] body) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri("/v2/models/" + model + "/infer")).POST(BodyPublishers.ofByteArray(body));
        if (jsonLength != null) {
            request.header(HEADER, jsonLength);
        }
        return sendForBytes(request);
    }

    private HttpResponse<byte[]> inferBytes(String model, String json, byte[]... tensors) {
        byte[] head = json.getBytes(StandardCharsets.UTF_8);
        return send(model, Integer.toString(head.length), join(head, join(tensors)));
    }

    private static void assertBytesError(HttpResponse<byte[]> response, int status, String... parts) {
        String body = new String(response.body(), StandardCharsets.UTF_8);
        assertThat(response.statusCode()).as(body).isEqualTo(status);
        assertThat(JSON.readTree(body).get("error").asString()).contains(parts);
    }

    /** The JSON in front of the tensors. */
    private static JsonNode head(HttpResponse<byte[]> response) {
        assertThat(response.statusCode())
                .as(new String(response.body(), StandardCharsets.UTF_8))
                .isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/octet-stream");
        assertThat(response.headers().firstValueAsLong("Content-Length")).hasValue(response.body().length);
        int length = (int) response.headers().firstValueAsLong(HEADER).orElseThrow();
        return JSON.readTree(new String(response.body(), 0, length, StandardCharsets.UTF_8));
    }

    private static ByteBuffer tail(HttpResponse<byte[]> response) {
        int head = (int) response.headers().firstValueAsLong(HEADER).orElseThrow();
        return ByteBuffer.wrap(response.body(), head, response.body().length - head)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    private JsonNode expected(String outputs) {
        return json(infer(CLASSIFIER, AS_JSON.substring(0, AS_JSON.length() - 1) + outputs + "}"));
    }

    @Test
    void binaryInputsGiveWhatTheSameInJsonGives() {
        HttpResponse<byte[]> response = inferBytes(CLASSIFIER, IN_BINARY.formatted(""), floats(FEATURES), LENGTHS);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(response.headers().firstValue(HEADER)).isEmpty();
        assertThat(JSON.readTree(response.body())).isEqualTo(expected(""));
    }

    @Test
    void oneInputMayBeBinaryAndTheOtherNot() {
        String mixed = """
                {"inputs": [{"name": "lengths", "shape": [2], "datatype": "INT32", "data": [2, 1]},
                            {"parameters": {"binary_data_size": 32}, "shape": [2, 2, 2], "name": "input", "datatype": "FP32"}]}""";
        HttpResponse<byte[]> response = inferBytes(CLASSIFIER, mixed, floats(FEATURES));
        assertThat(JSON.readTree(response.body())).isEqualTo(expected(""));
    }

    @Test
    void outputsComeInBinaryWhereTheRequestSaysSo() {
        HttpResponse<byte[]> response = inferBytes(
                CLASSIFIER,
                IN_BINARY.formatted(", \"parameters\": {\"binary_data_output\": true}"),
                floats(FEATURES),
                LENGTHS);
        JsonNode head = head(response), expected = expected("");
        assertThat(head.at("/outputs/0").toString())
                .isEqualTo("{\"name\":\"probabilities\",\"datatype\":\"FP32\",\"shape\":[2,3],"
                        + "\"parameters\":{\"binary_data_size\":24}}");
        ByteBuffer tail = tail(response);
        for (JsonNode value : expected.at("/outputs/0/data").values()) {
            assertThat(tail.getFloat()).isEqualTo(value.floatValue());
        }
        assertThat(head.at("/outputs/1/parameters/binary_data_size").asInt()).isEqualTo(tail.remaining());
        for (JsonNode value : expected.at("/outputs/1/data").values()) {
            byte[] text = new byte[tail.getInt()];
            tail.get(text);
            assertThat(new String(text, StandardCharsets.UTF_8)).isEqualTo(value.asString());
        }
        assertThat(tail.remaining()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "true, '{\"binary_data\": false}', false",
        "false, '{\"binary_data\": true}', true",
        "true, '{}', true",
        "false, '{}', false",
        "true, '{\"binary_data\": null}', true"
    })
    void anOutputsOwnWishComesBeforeTheRequests(boolean whole, String own, boolean binary) {
        String wish = ", \"parameters\": {\"binary_data_output\": " + whole
                + "}, \"outputs\": [{\"name\": \"probabilities\"," + " \"parameters\": " + own + "}]";
        HttpResponse<byte[]> response = inferBytes(CLASSIFIER, IN_BINARY.formatted(wish), floats(FEATURES), LENGTHS);
        assertThat(response.headers().firstValue(HEADER).isPresent()).isEqualTo(binary);
        JsonNode output = binary
                ? head(response).at("/outputs/0")
                : JSON.readTree(response.body()).at("/outputs/0");
        assertThat(output.has("data")).isEqualTo(!binary);
        assertThat(output.has("parameters")).isEqualTo(binary);
    }

    @Test
    void answersMayMixBinaryAndJson() {
        String wish = """
                , "outputs": [{"name": "label"}, {"name": "probabilities", "parameters": {"binary_data": true}}]""";
        HttpResponse<byte[]> response = inferBytes(CLASSIFIER, IN_BINARY.formatted(wish), floats(FEATURES), LENGTHS);
        assertThat(head(response).at("/outputs/0/data")).isEqualTo(expected("").at("/outputs/1/data"));
        assertThat(tail(response).remaining()).isEqualTo(24);
    }

    enum Wide {
        FP16 {
            @Override
            void put(ByteBuffer out, float value) {
                out.putShort(Float.floatToFloat16(value));
            }
        },
        BF16 {
            @Override
            void put(ByteBuffer out, float value) {
                out.putShort((short) (Float.floatToIntBits(value) >>> 16));
            }
        },
        FP32 {
            @Override
            void put(ByteBuffer out, float value) {
                out.putFloat(value);
            }
        },
        FP64 {
            @Override
            void put(ByteBuffer out, float value) {
                out.putDouble(value);
            }
        };

        abstract void put(ByteBuffer out, float value);
    }

    @ParameterizedTest
    @EnumSource
    void featuresMayComeInAnyWidth(Wide width) {
        ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : FEATURES) {
            width.put(bytes, value);
        }
        byte[] tensor = new byte[bytes.flip().remaining()];
        bytes.get(tensor);
        String request = IN_BINARY
                .formatted("")
                .replace("\"FP32\"", "\"" + width + "\"")
                .replace("\"binary_data_size\": 32", "\"binary_data_size\": " + tensor.length);
        assertThat(JSON.readTree(
                        inferBytes(CLASSIFIER, request, tensor, LENGTHS).body()))
                .isEqualTo(expected(""));
    }

    @Test
    void textsMayComeInBinary() {
        byte[] first = "ab ü𝄞c".getBytes(StandardCharsets.UTF_8), second = "𝄞".getBytes(StandardCharsets.UTF_8);
        byte[] tensor = join(ints(first.length), first, ints(second.length), second);
        String request = "{\"inputs\": [{\"name\": \"text\", \"shape\": [2], \"datatype\": \"BYTES\","
                + " \"parameters\": {\"binary_data_size\": " + tensor.length + "}}]}";
        JsonNode expected = json(infer(LANGUAGE_MODEL, """
                {"inputs": [{"name": "text", "shape": [2], "datatype": "BYTES", "data": ["ab ü𝄞c", "𝄞"]}]}"""));
        assertThat(JSON.readTree(inferBytes(LANGUAGE_MODEL, request, tensor).body()))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 100})
    void aBodyWithoutJsonIsOneSequenceOfAsManyStepsAsItHasBytesFor(int steps) {
        float[] features = new float[2 * steps];
        for (int k = 0; k < features.length; k++) {
            features[k] = k % 7 - 3;
        }
        HttpResponse<byte[]> raw = send(CLASSIFIER, "0", floats(features));
        JsonNode expected = json(infer(
                CLASSIFIER,
                "{\"inputs\": [{\"name\": \"input\", \"shape\": [1, " + steps
                        + ", 2], \"datatype\": \"FP32\", \"data\": " + JSON.writeValueAsString(features) + "}]}"));
        assertThat(head(raw).at("/outputs").values())
                .allSatisfy(output -> assertThat(output.has("parameters")).isTrue());
        ByteBuffer tail = tail(raw);
        for (JsonNode value : expected.at("/outputs/0/data").values()) {
            assertThat(tail.getFloat()).isEqualTo(value.floatValue());
        }
    }

    @Test
    void aBodyWithoutJsonIsOneTextOfALanguageModel() {
        HttpResponse<byte[]> raw = send(LANGUAGE_MODEL, "0", "ab ü𝄞c".getBytes(StandardCharsets.UTF_8));
        JsonNode expected = json(infer(LANGUAGE_MODEL, """
                {"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["ab ü𝄞c"]}]}"""));
        assertThat(head(raw).at("/outputs/0/name").asString()).isEqualTo("log_likelihood");
        assertThat(tail(raw).getFloat())
                .isEqualTo(expected.at("/outputs/0/data/0").floatValue());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 7, 12, 1201})
    void aBodyWithoutJsonOfNoWholeNumberOfStepsIsRefused(int bytes) {
        assertBytesError(
                send(CLASSIFIER, "0", new byte[bytes]),
                400,
                "unexpected size for input 'input'",
                "8 bytes",
                "got " + bytes);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -1           | inference header size should be in range (0,
            999          | inference header size should be in range (0,
            2147483647   | inference header size should be in range (0,
            2147483648   | value is out of range
            99999999999  | value is out of range
            -99999999999 | value is out of range
            99999999999999999999999 | value is out of range
            x            | Unable to parse Inference-Header-Content-Length, got: x
            12.5         | Unable to parse Inference-Header-Content-Length, got: 12.5
            0x10         | Unable to parse Inference-Header-Content-Length, got: 0x10
            """)
    void aLengthOutsideTheBodyIsRefused(String length, String message) {
        byte[] body = AS_JSON.getBytes(StandardCharsets.UTF_8);
        assertBytesError(send(CLASSIFIER, length, body), 400, message);
        HttpRequest.Builder chunked = HttpRequest.newBuilder(uri("/v2/models/oip-classifier/infer"))
                .header(HEADER, length)
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(body)));
        assertBytesError(sendForBytes(chunked), 400, message);
    }

    @Test
    void aLengthInsideTheJsonIsRefused() {
        byte[] body = AS_JSON.getBytes(StandardCharsets.UTF_8);
        assertBytesError(send(CLASSIFIER, "12", body), 400, "failed to parse the request JSON buffer");
        assertBytesError(
                send(CLASSIFIER, Integer.toString(body.length - 1), body),
                400,
                "failed to parse the request JSON buffer");
    }

    @Test
    void tensorsThatAreShorterOrLongerThanTheyClaimAreRefused() {
        String json = IN_BINARY.formatted("");
        assertBytesError(
                inferBytes(CLASSIFIER, json, floats(FEATURES), ints(2)),
                400,
                "unexpected size for input 'lengths', expecting additional bytes for model 'oip-classifier'");
        assertBytesError(
                inferBytes(CLASSIFIER, json), 400, "unexpected size for input 'input', expecting additional bytes");
        assertBytesError(
                inferBytes(CLASSIFIER, json, floats(FEATURES), LENGTHS, new byte[1]),
                400,
                "unexpected additional input data for model 'oip-classifier'");
        assertBytesError(
                inferBytes(CLASSIFIER, AS_JSON, new byte[1]),
                400,
                "unexpected additional input data for model 'oip-classifier'");
        assertBytesError(
                inferBytes(CLASSIFIER, json.replace("32}", "28}"), floats(FEATURES), LENGTHS),
                400,
                "unexpected size for input 'input'",
                "28 bytes");
        assertBytesError(
                inferBytes(CLASSIFIER, json.replace("32}", "9000000000000000000}"), floats(FEATURES), LENGTHS),
                413,
                "tidegate.limits.max-body");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void whatIsNoNumberIsRefusedUnlessItIsPadding(float value) {
        float[] features = FEATURES.clone();
        features[7] = value;
        HttpResponse<byte[]> padded = inferBytes(CLASSIFIER, IN_BINARY.formatted(""), floats(features), LENGTHS);
        assertThat(JSON.readTree(padded.body())).isEqualTo(expected(""));
        features[2] = value;
        assertBytesError(
                inferBytes(CLASSIFIER, IN_BINARY.formatted(""), floats(features), LENGTHS),
                400,
                "expected numbers that FP32 can hold, got " + value + " at element 2");
    }

    @Test
    void theHighestClassesComeAsTextsInJsonAndBinary() {
        String wish = ", \"outputs\": [{\"name\": \"probabilities\", \"parameters\": {\"classification\": 2%s}}]";
        JsonNode output = expected(wish.formatted("")).at("/outputs/0");
        assertThat(output.get("datatype").asString()).isEqualTo("BYTES");
        assertThat(output.get("shape").toString()).isEqualTo("[2,2]");
        List<String> texts =
                output.get("data").values().stream().map(JsonNode::asString).toList();
        assertThat(texts).allMatch(text -> text.matches("0\\.[0-9]{6}:[0-2]:(ebb|flood|slack – ü)"));
        assertThat(texts.get(0)).isGreaterThanOrEqualTo(texts.get(1));

        HttpResponse<byte[]> binary = inferBytes(
                CLASSIFIER, IN_BINARY.formatted(wish.formatted(", \"binary_data\": true")), floats(FEATURES), LENGTHS);
        assertThat(head(binary).at("/outputs/0/datatype").asString()).isEqualTo("BYTES");
        ByteBuffer tail = tail(binary);
        for (String text : texts) {
            byte[] bytes = new byte[tail.getInt()];
            tail.get(bytes);
            assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo(text);
        }
    }
}
