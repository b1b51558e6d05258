package io.tidegate.benchmark;

import io.tidegate.core.cell.CellType;
import io.tidegate.sequences.BenchRedis;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.util.FileSystemUtils;

/**
 * Many live sequences of an H = 128 LSTM over gRPC streams: memory beside the empty server's, latency beside that with a thousand,
 * batches, and what each durability costs. The server runs as the README says, in a process of its own, with nothing set. Arguments:
 * the project's folder, how many sequences, and anything more to leave durability out.
 */
public final class SequencesBenchmark {

    private static final int HIDDEN = 128, FEATURES = 8, AT_ONCE = 16, AT_ONCE_FOR_BATCHES = 500;
    private static final long FEW = 1000, SOME = 10_000;
    private final Path project, scratch;
    private final StringBuilder report = new StringBuilder();

    private SequencesBenchmark(Path project) throws IOException {
        this.project = project;
        this.scratch = Files.createTempDirectory("tidegate-sequences");
    }

    public static void main(String[] arguments) throws Exception {
        Path project = Path.of(arguments[0]);
        long sequences = Long.parseLong(arguments[1]);
        SequencesBenchmark benchmark = new SequencesBenchmark(project);
        benchmark.say(
                "Run on: %d cores, Java %s, load average before %.2f.%n%n",
                Runtime.getRuntime().availableProcessors(), Runtime.version(), load());
        try {
            benchmark.memoryAndLatency(sequences);
            if (arguments.length < 3) {
                benchmark.durability();
            }
        } finally {
            FileSystemUtils.deleteRecursively(benchmark.scratch);
        }
        if (sequences >= 1_000_000 && arguments.length < 3) {
            Page.replace(project.resolve("docs"), "sequences", benchmark.report.toString());
        }
        System.exit(0);
    }

    private BenchServer start(String name, String... arguments) throws Exception {
        return start(name, HIDDEN, arguments);
    }

    private BenchServer start(String name, int hidden, String... arguments) throws Exception {
        BenchServer server = BenchServer.start(
                scratch.resolve(name),
                List.of(
                        "@" + project.resolve("tidegate.jvm"),
                        "-jar",
                        project.resolve("target/tidegate.jar").toString()),
                arguments);
        HttpBenchmark.upload(server, Recurrent.of(CellType.LSTM, hidden, FEATURES, OnnxServer.LABELS));
        return server;
    }

    private void memoryAndLatency(long sequences) throws Exception {
        say(
                "| live sequences | resident MB | over the empty server | after a full collection | steps/s | p50 µs | p99 µs | load average |%n");
        say("| --- | --- | --- | --- | --- | --- | --- | --- |%n");
        try (BenchServer server = start("default");
                StreamLoad load = load(server)) {
            double empty = server.residentMegabytes();
            say("| 0 | %,.0f | 0 | – | – | – | – | %.1f |%n", empty, load());
            load.begin(0, FEW);
            steps(load, FEW, 20); // warms up
            row(server, empty, FEW, steps(load, FEW, 20));
            long began = System.nanoTime();
            load.begin(FEW, sequences);
            double seconds = (System.nanoTime() - began) / 1e9;
            row(server, empty, sequences, null);
            row(server, empty, sequences, steps(load, sequences, 30));
            row(server, empty, sequences, steps(load, sequences, 30));
            row(server, empty, FEW, steps(load, FEW, 20));
            say("%n%,.0f sequences a second were begun.%n", (sequences - FEW) / seconds);
            batches(server, load, HIDDEN, Math.min(AT_ONCE_FOR_BATCHES, sequences));
        }
        int wide = 4 * HIDDEN;
        try (BenchServer server = start("wide", wide);
                StreamLoad load = load(server)) {
            load.begin(0, AT_ONCE_FOR_BATCHES);
            steps(load, AT_ONCE_FOR_BATCHES, 10);
            batches(server, load, wide, AT_ONCE_FOR_BATCHES);
        }
    }

    private static StreamLoad load(BenchServer server) {
        return new StreamLoad(server.grpcPort(), OnnxServer.MODEL, FEATURES);
    }

    private static StreamLoad.Result steps(StreamLoad load, long sequences, double seconds) {
        SplittableRandom random = new SplittableRandom(11);
        return load.steps(() -> random.nextLong(sequences), AT_ONCE, seconds);
    }

    private void row(BenchServer server, double empty, long stepped, StreamLoad.Result result) throws Exception {
        double before = server.residentMegabytes(), now = load();
        double after = result == null ? Double.NaN : afterCollection(server);
        say(
                "| %,d | %,.0f | %,.0f | %s | %s | %s | %s | %.1f |%n",
                stepped,
                before,
                before - empty,
                result == null ? "–" : "%,.0f".formatted(after - empty),
                result == null ? "–" : "%,.0f".formatted(result.perSecond()),
                result == null ? "–" : "%,.0f".formatted(result.micros(50)),
                result == null ? "–" : "%,.0f".formatted(result.micros(99)),
                now);
    }

    /** What is left of the resident memory when nothing on the heap is kept for later. */
    private static double afterCollection(BenchServer server) throws Exception {
        new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(server.pid()),
                        "GC.run")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        TimeUnit.SECONDS.sleep(2);
        return server.residentMegabytes();
    }

    private void batches(BenchServer server, StreamLoad load, int hidden, long sequences) throws IOException {
        Map<Double, Long> before = batchRows(server);
        long[] next = {0};
        StreamLoad.Result result = load.steps(() -> next[0]++ % sequences, AT_ONCE_FOR_BATCHES, 15);
        Map<Double, Long> after = batchRows(server);
        say(
                "%nH = %d, %d sequences stepped at the same time, closed loop: %,.0f steps/s, p50 %,.0f µs, p99 %,.0f µs. Runs by their rows:%n%n",
                hidden, sequences, result.perSecond(), result.micros(50), result.micros(99));
        say("| rows, up to | runs |%n| --- | --- |%n");
        long smaller = 0;
        for (Map.Entry<Double, Long> bucket : after.entrySet()) {
            long all = bucket.getValue() - before.getOrDefault(bucket.getKey(), 0L);
            if (all > smaller) {
                say("| %,.0f | %,d |%n", bucket.getKey(), all - smaller);
            }
            smaller = all;
        }
    }

    private static final Pattern BUCKET =
            Pattern.compile("tidegate_batch_rows_bucket\\{([^}]*)le=\"([^\"]+)\"[^}]*} ([0-9.E+]+)");

    private static Map<Double, Long> batchRows(BenchServer server) throws IOException {
        try (HttpConnection connection = new HttpConnection(server.port())) {
            connection.exchange(HttpConnection.request("GET", "/actuator/prometheus", "text/plain", new byte[0]));
            Map<Double, Long> buckets = new TreeMap<>();
            Matcher matcher = BUCKET.matcher(connection.body());
            while (matcher.find()) {
                String most = matcher.group(2);
                buckets.merge(
                        most.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(most),
                        (long) Double.parseDouble(matcher.group(3)),
                        Long::sum);
            }
            return buckets;
        }
    }

    private void durability() throws Exception {
        say("%n| durability, %,d sequences | steps/s | p50 µs | p99 µs | CPU µs a step | load average |%n", SOME);
        say("| --- | --- | --- | --- | --- | --- |%n");
        for (String mode : List.of("none", "periodic", "every-step")) {
            durability(mode, "--tidegate.sequences.durability=" + mode);
        }
        try (BenchRedis redis = BenchRedis.open()) {
            durability("store: redis", "--tidegate.sequences.store=redis", "--tidegate.sequences.redis=" + redis.uri());
        }
    }

    private void durability(String name, String... arguments) throws Exception {
        try (BenchServer server = start(name.replaceAll("\\W", "-"), arguments);
                StreamLoad load = load(server)) {
            load.begin(0, SOME);
            steps(load, SOME, 15);
            double cpu = server.cpuMicros();
            StreamLoad.Result result = steps(load, SOME, 20);
            say(
                    "| %s | %,.0f | %,.0f | %,.0f | %,.0f | %.1f |%n",
                    name,
                    result.perSecond(),
                    result.micros(50),
                    result.micros(99),
                    (server.cpuMicros() - cpu) / result.latencies().getTotalCount(),
                    load());
        }
    }

    private static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    private void say(String format, Object... values) {
        String text = String.format(Locale.ROOT, format, values);
        report.append(text);
        System.out.print(text);
    }
}
