package io.tidegate.benchmark;

import io.tidegate.checkpoint.CheckpointWriter;
import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Provenance;
import io.tidegate.checkpoint.Scale;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.WeightFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The service over HTTP, beside the same kind of controller around ONNX Runtime, each in a process of its own, in turns. Arguments: the
 * project's folder, {@code full} or {@code quick}, and optionally the one row to measure, such as {@code wm/8}.
 */
public final class HttpBenchmark {

    static final int HIDDEN = 128, CONNECTIONS = 16;
    private static final int STEPS = 64;

    /** A server and a request to it. To measure another kind of request, add one to {@link #targets}. */
    private record Target(String name, BenchServer server, byte[] request) {}

    /** @param cpu microseconds a request of the server's user and system time */
    private record Round(double perSecond, double p50, double p99, double cpu, double clientCpu) {}

    private final Path project, scratch;
    private final boolean quick;
    private final List<String> rows = new ArrayList<>();

    private HttpBenchmark(Path project, boolean quick) throws IOException {
        this.project = project;
        this.quick = quick;
        this.scratch = Files.createTempDirectory("tidegate-http");
    }

    public static void main(String[] arguments) throws Exception {
        HttpBenchmark benchmark = new HttpBenchmark(Path.of(arguments[0]), arguments[1].equals("quick"));
        String only = arguments.length > 2 ? arguments[2] : "";
        String machine = "%d cores, Java %s, load average before %.2f"
                .formatted(
                        Runtime.getRuntime().availableProcessors(),
                        Runtime.version(),
                        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
        System.out.println("# " + machine);
        try {
            for (CellType cell : List.of(CellType.LSTM, CellType.WM)) {
                for (int features : new int[] {1, 8, 64}) {
                    if (only.isEmpty() || only.equals(cell + "/" + features)) {
                        benchmark.measure(cell, features);
                    }
                }
            }
        } finally {
            FileSystemUtils.deleteRecursively(benchmark.scratch);
        }
        if (!benchmark.quick && only.isEmpty()) {
            Page.replace(
                    Path.of(arguments[0], "docs"),
                    "http",
                    "Run on: " + machine + ".\n\n" + HEADER + String.join("", benchmark.rows));
        }
        System.exit(0);
    }

    private void measure(CellType cell, int features) throws Exception {
        Recurrent layer = Recurrent.of(cell, HIDDEN, features, OnnxServer.LABELS);
        double engine = engineMicros(layer);
        Path folder = scratch.resolve(cell + "-" + features);
        List<String> onnx = new ArrayList<>(BenchServer.flags(project));
        onnx.addAll(List.of("-cp", System.getProperty("java.class.path"), OnnxServer.class.getName()));
        try (BenchServer ours = BenchServer.start(folder.resolve("ours"), BenchServer.tidegate(project));
                BenchServer peer = BenchServer.start(
                        folder.resolve("peer"),
                        onnx,
                        "--bench.cell=" + cell,
                        "--bench.hidden=" + HIDDEN,
                        "--bench.features=" + features,
                        "--bench.steps=" + STEPS)) {
            upload(ours, layer);
            List<Target> targets = targets(ours, peer, body(features));
            check(targets);
            Map<Target, List<Round>> closed = new LinkedHashMap<>();
            for (Target target : targets) {
                HttpLoad.warmUp(target.server.port(), target.request, CONNECTIONS);
            }
            for (int round = 0; round < (quick ? 2 : 3); round++) {
                for (Target target : targets) {
                    closed.computeIfAbsent(target, _ -> new ArrayList<>()).add(round(target, quick ? 3 : 4, 0));
                }
            }
            double rate = 0.5 * Interleaved.median(closed.get(targets.getFirst()), Round::perSecond);
            for (Target target : targets) {
                Round open = round(target, quick ? 3 : 5, rate);
                row(cell, features, engine, target, closed, open, rate);
            }
        }
    }

    private static List<Target> targets(BenchServer ours, BenchServer peer, byte[] body) {
        String json = "application/json";
        return List.of(
                new Target(
                        "Tidegate",
                        ours,
                        HttpConnection.request("POST", "/api/v1/models/" + OnnxServer.MODEL + "/predict", json, body)),
                new Target("ONNX Runtime", peer, HttpConnection.request("POST", "/predict", json, body)),
                new Target("constant", peer, HttpConnection.request("POST", "/constant", json, body)));
    }

    private static Round round(Target target, double seconds, double rate) {
        double before = target.server.cpuMicros(), own = ownCpuMicros();
        HttpLoad.Result result = rate == 0
                ? HttpLoad.closed(target.server.port(), target.request, CONNECTIONS, seconds)
                : HttpLoad.open(target.server.port(), target.request, 2 * CONNECTIONS, seconds, rate);
        long requests = result.latencies().getTotalCount();
        return new Round(
                result.perSecond(),
                result.micros(50),
                result.micros(99),
                (target.server.cpuMicros() - before) / requests,
                (ownCpuMicros() - own) / requests);
    }

    private static double ownCpuMicros() {
        return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                        .getProcessCpuTime()
                / 1e3;
    }

    private static final String HEADER = """
            | cell | D | server | requests/s | ÷ ONNX Runtime's | p50 µs | p99 µs | CPU µs a request | less the engine's | engine's share of the CPU | of the engine's own speed | at half Tidegate's rate: p50 µs | p99 µs | load average |
            | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
            """;

    private void row(
            CellType cell,
            int features,
            double engine,
            Target target,
            Map<Target, List<Round>> closed,
            Round open,
            double rate) {
        List<Round> rounds = closed.get(target);
        double perSecond = Interleaved.median(rounds, Round::perSecond), cpu = Interleaved.median(rounds, Round::cpu);
        double peer = closed.entrySet().stream()
                .filter(entry -> entry.getKey().name.equals("ONNX Runtime"))
                .mapToDouble(entry -> Interleaved.median(entry.getValue(), Round::perSecond))
                .findFirst()
                .orElseThrow();
        boolean own = target.name.equals("Tidegate");
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        String row = String.format(
                Locale.ROOT,
                "| %s | %d | %s | %,.0f | %.2f | %.0f | %.0f | %.0f | %s | %s | %s | %.0f | %.0f | %.1f |%n",
                cell,
                features,
                target.name,
                perSecond,
                perSecond / peer,
                Interleaved.median(rounds, Round::p50),
                Interleaved.median(rounds, Round::p99),
                cpu,
                own ? String.format(Locale.ROOT, "%.0f", cpu - engine) : "–",
                own ? String.format(Locale.ROOT, "%.0f %%", 100 * engine / cpu) : "–",
                own
                        ? String.format(
                                Locale.ROOT,
                                "%.0f %%",
                                100
                                        * perSecond
                                        * engine
                                        / 1e6
                                        / Runtime.getRuntime().availableProcessors())
                        : "–",
                open.p50,
                open.p99,
                load);
        rows.add(row);
        System.out.print(row);
        System.out.printf(
                Locale.ROOT,
                "# engine %.0f us, generator %.0f us a request, open at %.0f/s%n",
                engine,
                Interleaved.median(rounds, Round::clientCpu),
                rate);
    }

    /** What the engine takes by itself for such a sequence, on one thread. */
    private double engineMicros(Recurrent layer) {
        float[] x = new float[STEPS * layer.inputSize()];
        SplittableRandom random = new SplittableRandom(7);
        for (int k = 0; k < x.length; k++) {
            x[k] = (float) random.nextDouble(-1, 1);
        }
        try (Fused fused = new Fused(layer, 1, x, 1, WeightFormat.FLOAT32)) {
            return Interleaved.median(
                    new Interleaved(0.5, 50, 20, 0).time(List.of(fused)).get("fused"));
        }
    }

    /** One sequence of numbers with four decimals. */
    static byte[] body(int features) {
        SplittableRandom random = new SplittableRandom(7);
        String steps = IntStream.range(0, STEPS)
                .mapToObj(_ -> IntStream.range(0, features)
                        .mapToObj(_ -> String.format(Locale.ROOT, "%.4f", random.nextDouble(-1, 1)))
                        .collect(Collectors.joining(",", "[", "]")))
                .collect(Collectors.joining(","));
        return ("{\"sequences\":[[" + steps + "]]}").getBytes(StandardCharsets.UTF_8);
    }

    /** Refuses to time what computes something else. */
    private static void check(List<Target> targets) throws IOException {
        List<JsonNode> answers = new ArrayList<>();
        for (Target target : targets.subList(0, 2)) {
            try (HttpConnection connection = new HttpConnection(target.server.port())) {
                connection.exchange(target.request);
                String body = connection.body();
                answers.add(JsonMapper.shared()
                        .readTree(body.substring(body.indexOf('{'), body.lastIndexOf('}') + 1))
                        .at("/predictions/0/scores"));
            }
        }
        for (int k = 0; k < OnnxServer.LABELS; k++) {
            double ours = answers.getFirst().path(Integer.toString(k)).asDouble(Double.NaN);
            double theirs = answers.getLast().path(Integer.toString(k)).asDouble(Double.NaN);
            if (!(Math.abs(ours - theirs) <= 1e-5)) {
                throw new IllegalStateException(
                        "score of label %d: Tidegate says %s, ONNX Runtime's controller %s".formatted(k, ours, theirs));
            }
        }
    }

    static void upload(BenchServer server, Recurrent layer) throws Exception {
        List<String> labels = IntStream.range(0, OnnxServer.LABELS)
                .mapToObj(Integer::toString)
                .toList();
        CheckpointWriter.Encoded checkpoint = CheckpointWriter.encode(
                new ModelDescriptor(
                        OnnxServer.MODEL,
                        new ModelInput.Features(layer.inputSize(), Scale.NONE),
                        layer.config().layers(),
                        new ModelOutput.Labels(labels),
                        null,
                        Provenance.NONE),
                layer.weights());
        String boundary = "part-" + Long.toHexString(System.nanoTime());
        ByteArrayOutputStream form = new ByteArrayOutputStream();
        part(form, boundary, "model", "model.json", checkpoint.modelJson());
        part(form, boundary, "weights", "weights.safetensors", checkpoint.weights());
        form.writeBytes(("--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII));
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/api/v1/models/"
                                        + OnnxServer.MODEL + "/versions"))
                                .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                                .POST(HttpRequest.BodyPublishers.ofByteArray(form.toByteArray()))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) {
            throw new IOException("the upload was answered " + answer.statusCode() + ": " + answer.body());
        }
    }

    private static void part(ByteArrayOutputStream form, String boundary, String name, String file, byte[] content) {
        form.writeBytes(
                ("--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\nContent-Type: application/octet-stream\r\n\r\n"
                                .formatted(boundary, name, file))
                        .getBytes(StandardCharsets.US_ASCII));
        form.writeBytes(content);
        form.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
}
