package io.tidegate.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A server in a process of its own, on a free port of the loopback interface. */
final class BenchServer implements AutoCloseable {

    /** What /proc/PID/stat counts in. */
    private static final double MICROS_PER_TICK = 10_000;

    private static final byte[] READY =
            HttpConnection.request("GET", "/actuator/health/readiness", "application/json", new byte[0]);

    private final Process process;
    private final int port, grpcPort;
    private final Path log;
    private final long began = System.nanoTime();
    private double secondsToReady;

    private BenchServer(Process process, int port, int grpcPort, Path log) {
        this.process = process;
        this.port = port;
        this.grpcPort = grpcPort;
        this.log = log;
    }

    /** What JVMs that are compared have in common. */
    static List<String> flags(Path project) {
        return List.of("@" + project.resolve("tidegate.jvm"), "-Xmx1g");
    }

    /** The service from its jar. */
    static List<String> tidegate(Path project) {
        List<String> jvm = new ArrayList<>(flags(project));
        jvm.addAll(List.of("-jar", project.resolve("target/tidegate.jar").toString()));
        return jvm;
    }

    /**
     * Starts it, and waits until it is ready.
     *
     * @param jvm what follows {@code java}, up to the jar or main class
     * @param scratch a folder for its data and its log
     */
    static BenchServer start(Path scratch, List<String> jvm, String... arguments) throws IOException {
        int port = freePort(), grpcPort = freePort();
        Files.createDirectories(scratch);
        Path log = scratch.resolve("server.log");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.addAll(List.of(
                "--server.port=" + port,
                "--spring.grpc.server.port=" + grpcPort,
                "--tidegate.data-dir=" + scratch.resolve("data")));
        command.addAll(Arrays.asList(arguments));
        BenchServer server = new BenchServer(
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start(),
                port,
                grpcPort,
                log);
        try {
            server.awaitReady();
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
        return server;
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        }
    }

    private void awaitReady() throws IOException {
        while (System.nanoTime() - began < 120_000_000_000L) {
            try (HttpConnection connection = new HttpConnection(port)) {
                connection.exchange(READY);
                secondsToReady = (System.nanoTime() - began) / 1e9;
                return;
            } catch (IOException notYet) {
                sleep(10);
            }
            if (!process.isAlive()) {
                break;
            }
        }
        throw new IOException("the server didn't become ready:\n" + log());
    }

    int port() {
        return port;
    }

    int grpcPort() {
        return grpcPort;
    }

    long pid() {
        return process.pid();
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    /** From the start of the JVM until readiness was answered with 200. */
    double secondsToReady() {
        return secondsToReady;
    }

    /** User and system time that the process has used, in microseconds. */
    double cpuMicros() {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid()), "stat"), StandardCharsets.UTF_8);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * MICROS_PER_TICK;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Resident memory of the process, in MB of 1,000,000 bytes. */
    double residentMegabytes() {
        try {
            String status = Files.readString(Path.of("/proc", Long.toString(pid()), "status"), StandardCharsets.UTF_8);
            String kilobytes = status.replaceAll("(?s).*VmRSS:\\s*(\\d+) kB.*", "$1");
            return Long.parseLong(kilobytes) * 1024 / 1e6;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** SIGTERM, and waits for the end. */
    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
