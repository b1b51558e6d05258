package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Bodies and answers that are compressed, and bodies that only claim to be. */
class OipCompressionTest extends OipServer {

    private static final String PATH = "/v2/models/oip-classifier/infer";
    private static final int LIMIT = 100 * 1024;

    private static final String JSON_BODY = """
            {"inputs": [{"name": "input", "shape": [1, 2, 2], "datatype": "FP32", "data": [3, -4, 11, 6]}],
             "outputs": [{"name": "probabilities"}, {"name": "label"}, {"name": "hidden"}]}""";

    private static byte[] compressed(String coding, byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream deflater =
                coding.endsWith("gzip") ? new GZIPOutputStream(out) : new DeflaterOutputStream(out)) {
            deflater.write(bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }

    private static byte[] inflated(HttpResponse<byte[]> response) throws IOException {
        InputStream bytes = new ByteArrayInputStream(response.body());
        return switch (response.headers().firstValue("Content-Encoding").orElse("identity")) {
            case "gzip" -> new GZIPInputStream(bytes).readAllBytes();
            case "deflate" -> new InflaterInputStream(bytes).readAllBytes();
            default -> response.body();
        };
    }

    private HttpRequest.Builder request(String coding, byte[] body) {
        return HttpRequest.newBuilder(uri(PATH))
                .header("Content-Encoding", coding)
                .POST(BodyPublishers.ofByteArray(body));
    }

    private JsonNode expected() {
        return json(infer(CLASSIFIER, JSON_BODY));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "GZIP", "x-gzip", "identity", ""})
    void aCompressedBodyIsInflated(String coding) {
        byte[] body = JSON_BODY.getBytes(StandardCharsets.UTF_8);
        boolean plain = coding.isEmpty() || coding.equals("identity");
        HttpResponse<String> response =
                send(request(coding, plain ? body : compressed(coding.toLowerCase(java.util.Locale.ROOT), body)));
        assertThat(json(response)).isEqualTo(expected());
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate"})
    void theLengthOfTheJsonIsThatOfTheInflatedBody(String coding) {
        String json = """
                {"inputs": [{"name": "input", "shape": [1, 2, 2], "datatype": "FP32", "parameters": {"binary_data_size": 16}}],
                 "outputs": [{"name": "probabilities"}, {"name": "label"}, {"name": "hidden"}]}""";
        byte[] head = json.getBytes(StandardCharsets.UTF_8);
        ByteBuffer body = ByteBuffer.allocate(head.length + 16).order(ByteOrder.LITTLE_ENDIAN);
        body.put(head).putFloat(3).putFloat(-4).putFloat(11).putFloat(6);
        byte[] sent = compressed(coding, body.array());
        assertThat(sent.length)
                .as("the header is larger than the length that is declared")
                .isLessThan(head.length);
        HttpResponse<String> response =
                send(request(coding, sent).header("Inference-Header-Content-Length", Integer.toString(head.length)));
        assertThat(json(response)).isEqualTo(expected());
        byte[] plain = JSON_BODY.getBytes(StandardCharsets.UTF_8);
        assertError(
                send(request(coding, compressed(coding, plain)).header("Inference-Header-Content-Length", "5000")),
                400,
                "inference header size should be in range (0, " + plain.length + "), got: 5000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"br", "zstd", "gzip, deflate", "snappy", "gzip,gzip"})
    void anotherCodingIsRefusedWithThoseThatAreKnown(String coding) {
        HttpResponse<String> response = send(request(coding, JSON_BODY.getBytes(StandardCharsets.UTF_8)));
        assertError(response, 415, "Content-Encoding", "gzip, deflate", "got '" + coding + "'");
        assertThat(response.headers().firstValue("Accept-Encoding")).hasValue("gzip, deflate");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate"})
    void aBodyThatIsSmallUntilItIsInflatedIsRefused(String coding) {
        byte[] bomb = new byte[20_000_000];
        Arrays.fill(bomb, (byte) ' ');
        byte[] sent = compressed(coding, bomb);
        assertThat(sent.length).isLessThan(LIMIT);
        assertError(send(request(coding, sent)), 413, "tidegate.limits.max-body");

        byte[] tensor = new byte[20_000_000];
        assertError(
                send(request(coding, compressed(coding, tensor)).header("Inference-Header-Content-Length", "0")),
                413,
                "tidegate.limits.max-body");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate"})
    void aBodyThatIsNotWhatItClaimsIsRefused(String coding) {
        byte[] body = JSON_BODY.getBytes(StandardCharsets.UTF_8);
        assertError(send(request(coding, body)), 400, "Content-Encoding");
        assertError(send(request(coding, new byte[0])), 400, "Content-Encoding");
        byte[] cut = compressed(coding, body);
        assertError(send(request(coding, Arrays.copyOf(cut, cut.length / 2))), 400, "Content-Encoding");
        assertError(
                send(request(coding, Arrays.copyOf(cut, cut.length / 2))
                        .header("Inference-Header-Content-Length", "0")),
                400,
                "Content-Encoding");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            gzip                           | gzip
            deflate                        | deflate
            gzip, deflate                  | gzip
            deflate;q=1, gzip;q=0.5        | deflate
            gzip;q=0.5, identity           | identity
            gzip, identity                 | identity
            br, gzip;q=0.1                 | gzip
            gzip;q=0                       | identity
            gzip;q=nonsense                | identity
            br                             | identity
            *                              | identity
            GZIP ; q=1.0                   | gzip
            """)
    void anAnswerIsCompressedAsTheClientLikesBest(String accepted, String coding) throws IOException {
        HttpResponse<byte[]> response = sendForBytes(HttpRequest.newBuilder(uri(PATH))
                .header("Accept-Encoding", accepted)
                .POST(BodyPublishers.ofString(JSON_BODY)));
        assertThat(response.headers().firstValue("Content-Encoding").orElse("identity"))
                .isEqualTo(coding);
        assertThat(response.headers().firstValueAsLong("Content-Length")).hasValue(response.body().length);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(JSON.readTree(inflated(response))).isEqualTo(expected());
    }

    @Test
    void aBinaryAnswerIsCompressedWholeAndItsHeaderCountsInflatedBytes() throws IOException {
        String wish = JSON_BODY.replace("\"outputs\"", "\"parameters\": {\"binary_data_output\": true}, \"outputs\"");
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(PATH)).POST(BodyPublishers.ofString(wish));
        HttpResponse<byte[]> plain = sendForBytes(request);
        HttpResponse<byte[]> compressed = sendForBytes(request.header("Accept-Encoding", "gzip"));
        assertThat(compressed.headers().firstValue("Content-Encoding")).hasValue("gzip");
        assertThat(inflated(compressed)).isEqualTo(plain.body());
        assertThat(compressed.headers().firstValue("Inference-Header-Content-Length"))
                .isEqualTo(plain.headers().firstValue("Inference-Header-Content-Length"));
    }

    @Test
    void anAnswerOfAFewBytesIsSentAsItIs() {
        String small = JSON_BODY.replaceAll("\"outputs\".*", "\"outputs\": [{\"name\": \"label\"}]}");
        HttpResponse<byte[]> response = sendForBytes(HttpRequest.newBuilder(uri(PATH))
                .header("Accept-Encoding", "gzip")
                .POST(BodyPublishers.ofString(small)));
        assertThat(response.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(JSON.readTree(response.body()).at("/outputs/0/name").asString())
                .isEqualTo("label");
    }
}
