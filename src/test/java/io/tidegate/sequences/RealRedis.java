package io.tidegate.sequences;

import io.tidegate.platform.TidegateProperties;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import redis.embedded.core.ExecutableProvider;

/**
 * A Redis server on loopback, the one that embedded-redis brings, or the program that the environment's REDIS_SERVER names.
 * Nothing is written to disk unless its options say so.
 */
final class RealRedis implements AutoCloseable {

    private final Path directory;
    private final int port;
    private final List<String> options;
    private @Nullable Process process;

    private RealRedis(Path directory, int port, List<String> options) {
        this.directory = directory;
        this.port = port;
        this.options = options;
    }

    static RealRedis open(String... options) throws IOException {
        RealRedis redis = new RealRedis(Files.createTempDirectory("redis"), freePort(), List.of(options));
        redis.start();
        return redis;
    }

    int port() {
        return port;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    void start() throws IOException {
        String own = System.getenv("REDIS_SERVER");
        List<String> command = new ArrayList<>();
        command.add(own == null ? Program.PATH : own);
        command.addAll(List.of("--port", "" + port, "--bind", "127.0.0.1", "--dir", directory.toString()));
        if (!options.contains("--save")) {
            command.addAll(List.of("--save", ""));
        }
        command.addAll(options);
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()))
                .start();
        for (int tries = 0; ; tries++) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setSoTimeout(2000);
                socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
                int first = socket.getInputStream().read();
                String rest = new String(socket.getInputStream().readNBytes(6), StandardCharsets.US_ASCII);
                if (first == '+' || rest.startsWith("NOAUTH")) {
                    return;
                }
            } catch (IOException e) {
                if (!process().isAlive() || tries > 400) {
                    throw new IOException(Files.readString(directory.resolve("log")), e);
                }
            }
            pause(25);
        }
    }

    /** No chance to write anything. */
    void kill() throws InterruptedException {
        process().destroyForcibly().waitFor();
    }

    /** It keeps its connections and answers nothing. */
    void freeze() throws Exception {
        signal("STOP");
    }

    void thaw() throws Exception {
        signal("CONT");
    }

    private void signal(String signal) throws Exception {
        int status = new ProcessBuilder("kill", "-" + signal, "" + process().pid())
                .start()
                .waitFor();
        if (status != 0) {
            throw new IOException("kill -" + signal + ": " + status);
        }
    }

    /** What Redis says to a command in one line; its first line. */
    String ask(String command) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
            StringBuilder line = new StringBuilder();
            for (int c = socket.getInputStream().read();
                    c >= 0 && c != '\r';
                    c = socket.getInputStream().read()) {
                line.append((char) c);
            }
            return line.toString();
        }
    }

    /** @param more properties of {@code tidegate.sequences}, name and value by turns */
    TidegateProperties.Sequences settings(String... more) {
        return settingsOf("redis://127.0.0.1:" + port, more);
    }

    static TidegateProperties.Sequences settingsOf(String uri, String... more) {
        Map<String, Object> values = new HashMap<>(Map.of("tidegate.sequences.redis", uri));
        for (int i = 0; i < more.length; i += 2) {
            values.put("tidegate.sequences." + more[i], more[i + 1]);
        }
        return new Binder(new MapConfigurationPropertySource(values))
                .bindOrCreate("tidegate", TidegateProperties.class)
                .sequences();
    }

    private Process process() {
        if (process == null) {
            throw new IllegalStateException("not started");
        }
        return process;
    }

    private static void pause(long millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        if (process != null) {
            process.destroyForcibly();
            try {
                process.waitFor(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static final class Program {
        static final String PATH = path();

        private static String path() {
            try {
                return ExecutableProvider.newJarResourceProvider().get().getAbsolutePath();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
