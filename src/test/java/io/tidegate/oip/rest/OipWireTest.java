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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What the field's clients do on the wire, and what they rely on. */
class OipWireTest extends OipServer {

    private static final String PATH = "/v2/models/oip-classifier/infer";
    private static final String BODY = """
            {"inputs": [{"name": "input", "shape": [1, 1, 2], "datatype": "FP32", "data": [5, 7]}]}""";

    @Test
    void aBareRequestGetsItsAnswerInOnePieceOfADeclaredLength() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), uri("").getPort())) {
            for (int repeat = 0; repeat < 2; repeat++) { // on one connection
                String request =
                        "POST " + PATH + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + BODY.length() + "\r\n\r\n";
                socket.getOutputStream().write((request + BODY).getBytes(StandardCharsets.UTF_8));
                String head = head(socket.getInputStream());
                assertThat(head).startsWith("HTTP/1.1 200").contains("Content-Type: application/json");
                assertThat(head).doesNotContain("Transfer-Encoding");
                int length = Integer.parseInt(head.replaceAll("(?s).*Content-Length: (\\d+).*", "$1"));
                byte[] body = socket.getInputStream().readNBytes(length);
                assertThat(JSON.readTree(body).get("model_name").asString()).isEqualTo(CLASSIFIER);
            }
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.read());
        }
        return head.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/x-www-form-urlencoded",
                "application/x-www-form-urlencoded; charset=ISO-8859-1",
                "application/json",
                "application/octet-stream",
                "text/plain",
                "multipart/form-data",
                "multipart/form-data; boundary=x",
                "no type"
            })
    void aBodyIsReadAsJsonWhateverItsType(String type) {
        assertAnswered(request(PATH).header("Content-Type", type));
    }

    @ParameterizedTest
    @ValueSource(strings = {"?test_1=1&test_2=2", "?inputs=1", "?model=other&version=2&name=x"})
    void unknownQueryParametersAreIgnored(String query) {
        assertAnswered(request(PATH + query).header("Content-Type", "application/x-www-form-urlencoded"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"*/*", "text/html", "application/octet-stream", "nonsense"})
    void anAnswerIsJsonWhateverIsAccepted(String accepted) {
        assertAnswered(request(PATH).header("Accept", accepted));
    }

    @Test
    void aChunkedRequestIsRead() {
        assertAnswered(
                HttpRequest.newBuilder(uri(PATH)).POST(BodyPublishers.fromPublisher(BodyPublishers.ofString(BODY))));
    }

    @Test
    void theLengthOfTheJsonMayBeSaidWhereItIsTheWholeBody() {
        assertAnswered(request(PATH).header("Inference-Header-Content-Length", Integer.toString(BODY.length())));
    }

    @Test
    void aClientThatAsksBeforeItSendsIsTold() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), uri("").getPort())) {
            String head = "POST " + PATH + " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: "
                    + BODY.length() + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
            assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 100");
            socket.getOutputStream().write(BODY.getBytes(StandardCharsets.UTF_8));
            assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void requestsSentAheadOnOneConnectionAreAnsweredInTurn() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), uri("").getPort())) {
            StringBuilder all = new StringBuilder();
            for (int k = 0; k < 5; k++) {
                String body = "{\"id\": \"" + k + "\"," + BODY.substring(1);
                all.append("POST " + PATH + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length() + "\r\n\r\n"
                        + body);
            }
            socket.getOutputStream().write(all.toString().getBytes(StandardCharsets.UTF_8));
            for (int k = 0; k < 5; k++) {
                String head = head(socket.getInputStream());
                int length = Integer.parseInt(head.replaceAll("(?s).*Content-Length: (\\d+).*", "$1"));
                byte[] body = socket.getInputStream().readNBytes(length);
                assertThat(JSON.readTree(body).get("id").asString()).isEqualTo(Integer.toString(k));
            }
        }
    }

    @Test
    void aTextWithANullByteIsAText() {
        HttpResponse<String> response = post(PATH, "{\"id\": \"a\\u0000b\"," + BODY.substring(1));
        assertThat(json(response).get("id").asString()).isEqualTo("a\0b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "TRACE|/v2/models/oip-classifier|Accept: text/html|405|another method",
                "TRACE|/v2/models/oip-classifier|Accept: nonsense/|405|another method",
                "CONNECT|/v2|Accept: */*|501|CONNECT",
                "POST|/v2/models/oip-classifier/infer|Transfer-Encoding: gzip, chunked|501|chunked",
                "POST|/v2/models/oip-classifier/infer|Expect: something|417|100-continue",
                "GET|/v2|Content-Length: -5|400|headers"
            })
    void whatTheConnectorRefusesIsSaidInTheProtocolsForm(
            String method, String path, String header, int status, String said) throws IOException {
        String answer =
                all(method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + header + "\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 " + status).contains("\r\nContent-Type: application/json");
        JsonNode error = JSON.readTree(answer.substring(answer.indexOf('{')));
        assertThat(error.propertyNames()).containsExactly("error");
        assertThat(error.get("error").asString()).startsWith("expected ").contains(said);
    }

    @Test
    void aBodyWhoseChunksAreMalformedIsRefusedForIt() throws IOException {
        String answer = all(
                "POST " + PATH
                        + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{\r\n0\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 400").contains("{\"error\":\"expected ", "body");
    }

    private String all(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), uri("").getPort())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofString(BODY));
    }

    private void assertAnswered(HttpRequest.Builder request) {
        HttpResponse<String> response = send(request);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(json(response).get("outputs")).hasSize(2);
    }
}
