package io.tidegate.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.ServiceTest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;

/** Clients that send a byte now and then: a socket, and a server that waits half a second for a body. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"tidegate.engine=reference", "tidegate.limits.max-body-time=500ms"})
class BodyTimeLimitTest extends ServiceTest {

    private static final int PIECE_MILLIS = 20;

    private static final String PREDICT = "/api/v1/models/digits-wm/predict", INFER = "/v2/models/digits-wm/infer";

    /** What a client got until its connection was closed, and after how long. */
    private record Heard(String answer, Duration after) {
        String body() {
            return answer.substring(answer.indexOf('{'), answer.lastIndexOf('}') + 1); // whether chunked or not
        }
    }

    /** Sends the head, then blanks one by one until the server closes the connection. */
    private Heard trickle(String head) throws Exception {
        long begin = System.nanoTime();
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            CompletableFuture<String> heard = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> heard.complete(readToTheEnd(socket)));
            while (!isDone(heard)) {
                try {
                    boolean chunked = head.contains("chunked");
                    socket.getOutputStream().write((chunked ? "1\r\n \r\n" : " ").getBytes(StandardCharsets.US_ASCII));
                } catch (SocketException closed) {
                    break;
                }
                assertThat(System.nanoTime() - begin)
                        .as("the server waits for ever")
                        .isLessThan(TimeUnit.SECONDS.toNanos(20));
            }
            return new Heard(heard.get(20, TimeUnit.SECONDS), Duration.ofNanos(System.nanoTime() - begin));
        }
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), uri("").getPort());
    }

    private static boolean isDone(CompletableFuture<String> heard) throws InterruptedException, ExecutionException {
        try {
            heard.get(PIECE_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException notYet) {
            return false;
        }
    }

    private static String readToTheEnd(Socket socket) {
        StringBuilder all = new StringBuilder();
        try {
            InputStream in = socket.getInputStream();
            for (int next = in.read(); next >= 0; next = in.read()) {
                all.append((char) next);
            }
        } catch (IOException reset) {
            // the server closed while bytes were on their way to it
        }
        return all.toString();
    }

    private static String head(String path, String headers) {
        return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n\r\n";
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 50000000", "Transfer-Encoding: chunked"})
    void aBodyThatTricklesInIsRefusedAndItsConnectionClosed(String length) throws Exception {
        Heard heard = trickle(head(INFER, length));
        assertThat(heard.answer()).startsWith("HTTP/1.1 408").containsIgnoringCase("Connection: close");
        assertThat(JSON.readTree(heard.body()).get("error").asString())
                .contains("within 500 ms (tidegate.limits.max-body-time)");
        assertThat(heard.after()).isBetween(Duration.ofMillis(500), Duration.ofSeconds(10));
    }

    @Test
    void soIsOneOfOurOwnApiInItsOwnForm() throws Exception {
        Heard heard = trickle(head(PREDICT, "Content-Length: 1000000"));
        assertThat(heard.answer())
                .startsWith("HTTP/1.1 408")
                .containsIgnoringCase("Connection: close")
                .contains("application/problem+json");
        assertThat(JSON.readTree(heard.body()).get("type").asString()).isEqualTo("urn:tidegate:problem:too-slow");
    }

    @Test
    void soIsAnUploadOfAModel() throws Exception {
        String parts = "--b\r\nContent-Disposition: form-data; name=\"model\"; filename=\"m\"\r\n\r\n";
        Heard heard = trickle(head(
                        "/api/v1/models/slow/versions",
                        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000")
                + parts);
        assertThat(heard.answer()).startsWith("HTTP/1.1 408");
        assertThat(JSON.readTree(heard.body()).get("type").asString()).isEqualTo("urn:tidegate:problem:too-slow");
    }

    /** The connector reads a refused body on, so that its client sees the answer: not for ever either. */
    @Test
    void theRestOfABodyThatIsRefusedAlreadyIsNotWaitedForEither() throws Exception {
        Heard heard = trickle(head("/v2/nowhere", "Content-Length: 50000000"));
        assertThat(heard.answer()).startsWith("HTTP/1.1 404");
        assertThat(heard.after()).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void aDatasetHasSoMuchLongerAsItMayBeLarger() throws Exception {
        try (Socket socket = connect()) {
            String parts = "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nslow";
            socket.getOutputStream()
                    .write((head(
                                            "/api/v1/datasets",
                                            "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000")
                                    + parts)
                            .getBytes(StandardCharsets.US_ASCII));
            CompletableFuture<String> heard = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> heard.complete(readToTheEnd(socket)));
            for (int k = 0; k < 1500 / PIECE_MILLIS; k++) {
                assertThat(isDone(heard)).isFalse();
                socket.getOutputStream().write(' ');
            }
        }
    }

    /** The client's doing, not the server's failure. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                INFER + "|Inference-Header-Content-Length: 0",
                INFER + "|Content-Type: application/json",
                PREDICT + "|Content-Type: application/json",
                "/api/v1/datasets|Content-Type: multipart/form-data; boundary=b"
            })
    void aBodyThatBreaksOffIsABadRequest(String call) throws Exception {
        try (Socket socket = connect()) {
            String[] parts = call.split("\\|");
            String body = parts[1].contains("multipart")
                    ? "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nslow"
                    : "{\"sequences\": [[[1], ";
            socket.getOutputStream()
                    .write((head(parts[0], parts[1] + "\r\nContent-Length: 1000000") + body)
                            .getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            assertThat(readToTheEnd(socket)).startsWith("HTTP/1.1 400");
        }
    }

    @Test
    void aConnectionServesOnAfterABodyThatCameInTimeAndOneThatWasRefused() throws Exception {
        try (Socket socket = connect()) {
            for (int repeat = 0; repeat < 3; repeat++) {
                assertThat(exchange(socket, "/v2/repository/index", "{}")).startsWith("HTTP/1.1 200");
                assertThat(exchange(socket, "/v2/nowhere", "x".repeat(100_000))).startsWith("HTTP/1.1 404");
                TimeUnit.MILLISECONDS.sleep(200); // three times this is over the limit of one body
            }
        }
    }

    private static String exchange(Socket socket, String path, String body) throws IOException {
        socket.getOutputStream()
                .write((head(path, "Content-Length: " + body.length()) + body).getBytes(StandardCharsets.US_ASCII));
        StringBuilder answer = new StringBuilder();
        InputStream in = socket.getInputStream();
        while (answer.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            assertThat(next).as("the connection is open").isNotNegative();
            answer.append((char) next);
        }
        String head = answer.toString();
        if (head.contains("Content-Length: ")) {
            in.readNBytes(Integer.parseInt(head.replaceAll("(?s).*Content-Length: (\\d+).*", "$1")));
        } else {
            skipChunks(in);
        }
        return head;
    }

    private static void skipChunks(InputStream in) throws IOException {
        StringBuilder body = new StringBuilder();
        while (!body.toString().endsWith("0\r\n\r\n")) {
            body.append((char) in.read());
        }
    }
}
