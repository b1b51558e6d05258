package io.tidegate.platform;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServer;

/** A real Tomcat, and a client that is nothing but a socket. */
class ClientConnectionTest {

    private static final String PLAIN = "Content-Length: 3\r\n\r\nabc",
            CHUNKED = "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

    private final BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
    private final SynchronousQueue<Boolean> asked = new SynchronousQueue<>(); // true to look, false to answer
    private final BlockingQueue<Boolean> looks = new LinkedBlockingQueue<>();
    private WebServer server;

    /** Reads its body; then looks at the client as often as it is asked to, and answers with the body. */
    private final class Waiting extends HttpServlet {
        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            byte[] body = request.getInputStream().readAllBytes();
            BooleanSupplier gone = ClientConnection.gone(request);
            bodies.add(new String(body, StandardCharsets.UTF_8));
            try {
                while (Boolean.TRUE.equals(asked.poll(30, TimeUnit.SECONDS))) {
                    looks.add(gone.getAsBoolean());
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            response.setContentLength(body.length);
            response.getOutputStream().write(body);
        }
    }

    @BeforeEach
    void start() {
        TomcatServletWebServerFactory factory = new TomcatServletWebServerFactory(0);
        factory.setAddress(InetAddress.getLoopbackAddress());
        new ClientConnection().customize(factory);
        server = factory.getWebServer(
                context -> context.addServlet("waiting", new Waiting()).addMapping("/"));
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop();
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), server.getPort());
    }

    private void post(Socket socket, String rest) throws IOException {
        socket.getOutputStream().write(("POST / HTTP/1.1\r\nHost: x\r\n" + rest).getBytes(StandardCharsets.UTF_8));
    }

    private boolean look() throws InterruptedException {
        asked.offer(true, 30, TimeUnit.SECONDS);
        return looks.poll(30, TimeUnit.SECONDS);
    }

    private void answer() throws InterruptedException {
        asked.offer(false, 30, TimeUnit.SECONDS);
    }

    private void awaitGone() throws InterruptedException {
        for (int tries = 0; !look(); tries++) { // the closing travels through the kernel
            assertThat(tries).as("looks at a client that has closed").isLessThan(10_000);
            Thread.sleep(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {PLAIN, CHUNKED})
    void aClientThatWaitsIsThereAndOneThatClosesIsGone(String request) throws Exception {
        try (Socket socket = connect()) {
            post(socket, request);
            assertThat(bodies.poll(30, TimeUnit.SECONDS)).isEqualTo("abc");
            assertThat(look()).isFalse();
            assertThat(look()).isFalse();
        }
        awaitGone();
        assertThat(look()).as("it stays gone").isTrue();
        answer();
    }

    @Test
    void aClientThatResetsItsConnectionIsGone() throws Exception {
        try (Socket socket = connect()) {
            post(socket, PLAIN);
            assertThat(bodies.poll(30, TimeUnit.SECONDS)).isEqualTo("abc");
            socket.setSoLinger(true, 0);
        }
        awaitGone();
        answer();
    }

    @ParameterizedTest
    @ValueSource(strings = {PLAIN, CHUNKED})
    void lookingTakesNothingFromTheNextRequestsOfTheConnection(String request) throws Exception {
        try (Socket socket = connect()) {
            post(socket, request);
            assertThat(bodies.poll(30, TimeUnit.SECONDS)).isEqualTo("abc");
            assertThat(look()).isFalse();
            post(socket, "Content-Length: 4\r\n\r\ndefg"); // comes while the first waits
            for (int k = 0; k < 50; k++) {
                assertThat(look()).isFalse();
                Thread.sleep(1);
            }
            answer();
            assertThat(answered(socket.getInputStream(), 3)).isEqualTo("abc");
            assertThat(bodies.poll(30, TimeUnit.SECONDS)).isEqualTo("defg");
            assertThat(look()).isFalse();
            answer();
            assertThat(answered(socket.getInputStream(), 4)).isEqualTo("defg");
            post(socket, "Content-Length: 2\r\n\r\nhi");
            assertThat(bodies.poll(30, TimeUnit.SECONDS)).isEqualTo("hi");
            answer();
            assertThat(answered(socket.getInputStream(), 2)).isEqualTo("hi");
        }
    }

    @Test
    void aClientOfARequestWithoutABodyCountsAsThere() throws Exception {
        try (Socket socket = connect()) {
            post(socket, "Content-Length: 0\r\n\r\n");
            assertThat(bodies.poll(30, TimeUnit.SECONDS)).isEmpty();
            post(socket, "Content-Length: 1\r\n\r\nz");
            assertThat(look()).isFalse();
            answer();
            assertThat(bodies.poll(30, TimeUnit.SECONDS)).isEqualTo("z");
            answer();
        }
    }

    private static String answered(InputStream in, int length) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            assertThat(next).as("the connection is open").isNotNegative();
            head.append((char) next);
        }
        assertThat(head.toString()).startsWith("HTTP/1.1 200");
        return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }
}
