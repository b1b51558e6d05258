package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Whatever comes, the server answers in the protocol's form, never with a fault of its own, and goes on. */
class OipFuzzTest extends OipServer {

    private static final List<String> METHODS =
            List.of("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW", "get");

    private static final List<String> PATHS = List.of(
            "/v2",
            "/v2/",
            "/v2/health/live",
            "/v2/health/ready",
            "/v2/models/oip-classifier",
            "/v2/models/oip-classifier/ready",
            "/v2/models/oip-classifier/config",
            "/v2/models/oip-classifier/stats",
            "/v2/models/stats",
            "/v2/models/oip-classifier/infer",
            "/v2/models/oip-language-model/versions/1/infer",
            "/v2/models/oip-language-model/generate",
            "/v2/models/oip-language-model/generate_stream",
            "/v2/repository/index",
            "/v2/repository/models/nobody/load",
            "/v2/repository/models/nobody/unload",
            "/v2/models/%00/infer",
            "/v2/models/..%2f..%2fetc/infer",
            "/v2/models/%F0%9D%84%9E/infer",
            "/v2/models//infer",
            "/v2/models/a;b=c/infer",
            "/v2/systemsharedmemory/status",
            "/v2/nothing?a=%zz&b");

    private static final String GOOD = """
            {"id": "x", "parameters": {"priority": 1}, "inputs": [{"name": "input", "shape": [1, 2, 2], "datatype": "FP32",
             "data": [1, 2, 3.5e0, -4]}], "outputs": [{"name": "label", "parameters": {"binary_data": true}}]}""";

    private static final List<String> HEADERS = List.of(
            "Inference-Header-Content-Length: 0\r\n",
            "Inference-Header-Content-Length: 100\r\n",
            "Inference-Header-Content-Length: -7\r\n",
            "Content-Encoding: gzip\r\n",
            "Content-Encoding: deflate\r\n",
            "Content-Type: multipart/form-data\r\n",
            "Content-Type: application/x-www-form-urlencoded\r\n",
            "Content-Type: \u0001\r\n",
            "Accept: nonsense/\r\n",
            "Accept-Encoding: gzip;q=;;,\r\n",
            "Range: bytes=0-1\r\n",
            "If-None-Match: *\r\n",
            "X-HTTP-Method-Override: DELETE\r\n");

    @Test
    void everyMethodOnEveryPathIsAnsweredInTheProtocolsForm() throws IOException {
        for (String path : PATHS) {
            for (String method : METHODS) {
                check(method, path, "", GOOD.getBytes(StandardCharsets.UTF_8));
            }
        }
        assertWell();
    }

    @Test
    void randomBodiesAndHeadersAreRefusedInTheProtocolsForm() throws IOException {
        SplittableRandom random = new SplittableRandom(6);
        for (int k = 0; k < 1500; k++) {
            byte[] body = random.nextBoolean() ? mutated(random) : bytes(random);
            StringBuilder headers = new StringBuilder();
            for (int h = random.nextInt(3); h > 0; h--) {
                headers.append(HEADERS.get(random.nextInt(HEADERS.size())));
            }
            check("POST", PATHS.get(9 + random.nextInt(6)), headers.toString(), body);
        }
        assertWell();
    }

    @Test
    void randomPathsAreRefusedInTheProtocolsForm() throws IOException {
        SplittableRandom random = new SplittableRandom(7);
        for (int k = 0; k < 500; k++) {
            StringBuilder path = new StringBuilder("/v2/");
            for (int n = random.nextInt(40); n > 0; n--) {
                path.append((char) (33 + random.nextInt(94)));
            }
            check(METHODS.get(random.nextInt(2)), path.toString(), "", new byte[0]);
        }
        assertWell();
    }

    private static byte[] bytes(SplittableRandom random) {
        byte[] bytes = new byte[random.nextInt(300)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** A good request with some of its bytes cut out, doubled or replaced. */
    private static byte[] mutated(SplittableRandom random) {
        StringBuilder body = new StringBuilder(GOOD);
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
            int from = random.nextInt(body.length()), to = Math.min(body.length(), from + 1 + random.nextInt(8));
            switch (random.nextInt(3)) {
                case 0 -> body.delete(from, to);
                case 1 -> body.insert(from, body.substring(from, to).repeat(1 + random.nextInt(3)));
                default -> body.setCharAt(from, (char) random.nextInt(256));
            }
        }
        return body.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void assertWell() {
        assertThat(infer(CLASSIFIER, GOOD.replace("\"binary_data\": true", "")).statusCode())
                .isEqualTo(200);
    }

    private void check(String method, String path, String headers, byte[] body) throws IOException {
        String what = method + " " + path + "\n" + headers + "\n" + new String(body, StandardCharsets.ISO_8859_1);
        String head = method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers
                + "Content-Length: " + body.length + "\r\n\r\n";
        byte[] answer;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), uri("").getPort())) {
            socket.setSoTimeout(30_000);
            ByteArrayOutputStream request = new ByteArrayOutputStream();
            request.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
            request.writeBytes(body);
            socket.getOutputStream().write(request.toByteArray());
            answer = all(socket.getInputStream());
        }
        String text = new String(answer, StandardCharsets.UTF_8);
        assertThat(text).as(what).matches("(?s)HTTP/1\\.1 \\d{3}.*");
        int status = Integer.parseInt(text.substring(9, 12));
        assertThat(status).as(what + "\n" + text).isBetween(200, 499);
        if (status >= 400 && !method.equals("HEAD")) {
            String json = text.substring(text.indexOf("\r\n\r\n") + 4)
                    .replaceAll("(?s)^[0-9a-f]+\r\n(.*)\r\n0\r\n\r\n$", "$1");
            assertThat(json).as(what + "\n" + text).startsWith("{");
            JsonNode error = JSON.readTree(json);
            // A line that can't be read as a request has no path to tell whose form of errors it should have.
            boolean unread = text.contains("application/problem+json") && headers.isEmpty() && body.length == 0;
            assertThat(error.propertyNames())
                    .as(what + "\n" + text)
                    .contains("error")
                    .hasSize(unread ? 4 : 1);
            assertThat(error.get("error").asString())
                    .as(what)
                    .isNotEmpty()
                    .doesNotContain("Exception", "java.", ".java");
        }
    }

    /** Up to the end, also where the connection is reset because not all that was sent was wanted. */
    private static byte[] all(InputStream in) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            in.transferTo(all);
        } catch (IOException reset) {
            assertThat(all.size()).as("bytes before the connection was reset").isPositive();
        }
        return all.toByteArray();
    }
}
