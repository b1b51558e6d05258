package io.tidegate.benchmark;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.WeightFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.springframework.util.FileSystemUtils;

/**
 * Single steps over HTTP, beside the same server answering a constant. Arguments: the project's folder, and {@code full} or {@code quick}.
 */
public final class StepBenchmark {

    private static final int HIDDEN = 128, FEATURES = 8, CONNECTIONS = 16;

    /** @param requests of each connection, which sends its one over and over */
    private record Target(String name, boolean runs, IntFunction<byte[]> requests) {}

    private record Round(double perSecond, double p50, double p99, double cpu) {}

    private StepBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Path project = Path.of(arguments[0]), scratch = Files.createTempDirectory("tidegate-steps");
        boolean quick = arguments[1].equals("quick");
        Recurrent layer = Recurrent.of(CellType.LSTM, HIDDEN, FEATURES, OnnxServer.LABELS);
        double engine = engineMicros(layer);
        StringBuilder report = new StringBuilder(String.format(
                Locale.ROOT,
                "Run on: %d cores, Java %s, load average before %.2f; the engine takes %.1f µs for the step.%n%n",
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                load(),
                engine));
        try (BenchServer server = BenchServer.start(scratch, BenchServer.tidegate(project))) {
            HttpBenchmark.upload(server, layer);
            measure(server, engine, quick, report);
        } finally {
            FileSystemUtils.deleteRecursively(scratch);
        }
        System.out.print(report);
        if (!quick) {
            Page.replace(project.resolve("docs"), "steps", report.toString());
        }
        System.exit(0);
    }

    private static void measure(BenchServer server, double engine, boolean quick, StringBuilder report)
            throws IOException {
        byte[] constant = HttpConnection.request("GET", "/v2/health/live", "application/json", new byte[0]);
        List<Target> targets = List.of(
                new Target("constant", false, _ -> constant),
                new Target("JSON", true, _ -> json("")),
                new Target("binary", true, _ -> binary("")),
                new Target("live sequence, JSON", true, n -> json(sequence(n))),
                new Target("live sequence, binary", true, n -> binary(sequence(n))));
        for (int n = 0; n < CONNECTIONS; n++) {
            try (HttpConnection connection = new HttpConnection(server.port())) {
                connection.exchange(json(sequence(n).replaceFirst("false", "true")));
            }
        }
        Map<Target, List<Round>> rounds = new LinkedHashMap<>();
        for (Target target : targets) {
            HttpLoad.closed(server.port(), target.requests, CONNECTIONS, quick ? 5 : 12);
        }
        for (int n = 0; n < (quick ? 2 : 5); n++) {
            for (Target target : targets) {
                rounds.computeIfAbsent(target, _ -> new ArrayList<>()).add(round(server, target, quick ? 2 : 5));
            }
        }
        report.append(
                "| request | requests/s | of the constant's | p50 µs | p99 µs | CPU µs a request | less the engine's |\n");
        report.append("| --- | --- | --- | --- | --- | --- | --- |\n");
        double most = Interleaved.median(rounds.get(targets.getFirst()), Round::perSecond);
        rounds.forEach((target, own) -> {
            double cpu = Interleaved.median(own, Round::cpu), perSecond = Interleaved.median(own, Round::perSecond);
            report.append(String.format(
                    Locale.ROOT,
                    "| %s | %,.0f | %.2f | %.0f | %.0f | %.1f | %s |%n",
                    target.name,
                    perSecond,
                    perSecond / most,
                    Interleaved.median(own, Round::p50),
                    Interleaved.median(own, Round::p99),
                    cpu,
                    target.runs ? String.format(Locale.ROOT, "%.1f", cpu - engine) : "–"));
        });
        report.append(String.format(Locale.ROOT, "%nLoad average after: %.1f.%n", load()));
    }

    private static Round round(BenchServer server, Target target, double seconds) {
        double before = server.cpuMicros();
        HttpLoad.Result result = HttpLoad.closed(server.port(), target.requests, CONNECTIONS, seconds);
        double cpu = (server.cpuMicros() - before) / result.latencies().getTotalCount();
        return new Round(result.perSecond(), result.micros(50), result.micros(99), cpu);
    }

    private static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    private static String sequence(int connection) {
        return "\"sequence_id\": " + (connection + 1) + ", \"sequence_start\": false, \"sequence_end\": false";
    }

    private static float[] step() {
        SplittableRandom random = new SplittableRandom(7);
        float[] x = new float[FEATURES];
        for (int k = 0; k < FEATURES; k++) {
            x[k] = (float) random.nextDouble(-1, 1);
        }
        return x;
    }

    private static final String PATH = "/v2/models/" + OnnxServer.MODEL + "/infer";

    private static byte[] json(String parameters) {
        float[] x = step();
        String data = IntStream.range(0, FEATURES)
                .mapToObj(k -> String.format(Locale.ROOT, "%.4f", x[k]))
                .collect(Collectors.joining(", ", "[", "]"));
        String body =
                "{\"parameters\": {%s}, \"inputs\": [{\"name\": \"input\", \"datatype\": \"FP32\", \"shape\": [1, 1, %d], \"data\": %s}]}"
                        .formatted(parameters, FEATURES, data);
        return HttpConnection.request("POST", PATH, "application/json", body.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] binary(String parameters) {
        String head =
                ("{\"parameters\": {%s\"binary_data_output\": true}, \"inputs\": [{\"name\": \"input\", \"datatype\": \"FP32\","
                                + " \"shape\": [1, 1, %d], \"parameters\": {\"binary_data_size\": %d}}]}")
                        .formatted(parameters.isEmpty() ? "" : parameters + ", ", FEATURES, 4 * FEATURES);
        ByteBuffer data = ByteBuffer.allocate(4 * FEATURES).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(step());
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        body.writeBytes(data.array());
        String type = "application/octet-stream\r\nInference-Header-Content-Length: " + head.length();
        return HttpConnection.request("POST", PATH, type, body.toByteArray());
    }

    /** What the engine takes for one step, on one thread. */
    private static double engineMicros(Recurrent layer) {
        try (Fused fused = new Fused(layer, 1, step(), 1, WeightFormat.FLOAT32)) {
            return Interleaved.median(
                    new Interleaved(0.5, 50, 20, 0).time(List.of(fused)).get("fused"));
        }
    }
}
