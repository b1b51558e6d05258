package io.tidegate.benchmark;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One kept-alive connection to a server on this machine, made anew where the server ends it after an answer (Tomcat does after a hundred).
 * It sends bytes that were made before and looks at as little of an answer as it
 * takes to find its end, so that the generator of load leaves the cores to the server.
 */
final class HttpConnection implements AutoCloseable {

    private final int port;
    private Socket socket;
    private InputStream in;
    private byte[] buffer = new byte[16 << 10];
    private int end;
    private int body;

    HttpConnection(int port) throws IOException {
        this.port = port;
        connect();
    }

    private void connect() throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(30_000);
        in = socket.getInputStream();
    }

    /** A whole request, as {@link #exchange} sends it. */
    static byte[] request(String method, String path, String contentType, byte[] body) {
        byte[] head =
                ("%s %s HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
                                .formatted(method, path, contentType, body.length))
                        .getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, all, head.length, body.length);
        return all;
    }

    /**
     * Sends a request and reads its answer.
     *
     * @throws IOException also where the status is none of success
     */
    void exchange(byte[] request) throws IOException {
        if (socket.isClosed()) {
            connect();
        }
        socket.getOutputStream().write(request);
        end = 0;
        body = head();
        String head = new String(buffer, 0, body, StandardCharsets.ISO_8859_1);
        int length = head.indexOf("Content-Length: ");
        if (length > 0) {
            int size = Integer.parseInt(head, length + 16, head.indexOf('\r', length), 10);
            fill(body + size);
        } else if (head.contains("Transfer-Encoding: chunked")) {
            readChunks(body);
        }
        if (head.contains("Connection: close")) {
            socket.close();
        }
        if (!head.startsWith("HTTP/1.1 2")) {
            throw new IOException(
                    "expected a status of success, got: " + new String(buffer, 0, end, StandardCharsets.UTF_8));
        }
    }

    /** The last answer's body as it came; chunks keep their marks. */
    String body() {
        return new String(buffer, body, end - body, StandardCharsets.UTF_8);
    }

    private int head() throws IOException {
        for (int at = 0; ; at++) {
            fill(at + 4);
            if (buffer[at] == '\r' && buffer[at + 1] == '\n' && buffer[at + 2] == '\r' && buffer[at + 3] == '\n') {
                return at + 4;
            }
        }
    }

    private void readChunks(int from) throws IOException {
        int at = from;
        while (true) {
            int size = 0;
            for (fill(at + 1); buffer[at] != '\r'; fill(++at + 1)) {
                size = 16 * size + Character.digit(buffer[at], 16);
            }
            at += 2 + size + 2;
            fill(at);
            if (size == 0) {
                return;
            }
        }
    }

    private void fill(int count) throws IOException {
        while (end < count) {
            if (buffer.length < count) {
                buffer = Arrays.copyOf(buffer, 2 * count);
            }
            int read = in.read(buffer, end, buffer.length - end);
            if (read < 0) {
                throw new IOException("the server closed the connection within an answer");
            }
            end += read;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
