package io.tidegate.benchmark;

import io.tidegate.core.cell.CellType;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One server that answers requests, trains, and does both at once. Arguments: the project's folder, and {@code full} or {@code quick}.
 */
public final class JobsBenchmark {

    private static final int FEATURES = 8;

    private static final String JOBS = "/api/v1/training-jobs";

    /** More updates than there is time for. */
    private static final String JOB =
            "{\"recipe\": \"adding\", \"cell\": \"lstm\", \"seed\": 7, \"parameters\": {\"epochs\": 10000}}";

    private record Round(double perSecond, double p50, double p99, double updates) {}

    private final BenchServer server;
    private final byte[] request;
    private final double seconds;

    private JobsBenchmark(BenchServer server, double seconds) {
        this.server = server;
        this.seconds = seconds;
        this.request = HttpConnection.request(
                "POST",
                "/api/v1/models/" + OnnxServer.MODEL + "/predict",
                "application/json",
                HttpBenchmark.body(FEATURES));
    }

    public static void main(String[] arguments) throws Exception {
        Path project = Path.of(arguments[0]), scratch = Files.createTempDirectory("tidegate-jobs");
        boolean quick = arguments[1].equals("quick");
        String before = "Run on: %d cores, Java %s, load average before %.2f.%n%n"
                .formatted(
                        Runtime.getRuntime().availableProcessors(),
                        Runtime.version(),
                        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
        String report;
        try (BenchServer server = BenchServer.start(scratch, BenchServer.tidegate(project))) {
            HttpBenchmark.upload(
                    server, Recurrent.of(CellType.LSTM, HttpBenchmark.HIDDEN, FEATURES, OnnxServer.LABELS));
            report = before + new JobsBenchmark(server, quick ? 3 : 8).measure(quick ? 2 : 5);
        } finally {
            FileSystemUtils.deleteRecursively(scratch);
        }
        System.out.print(report);
        if (!quick) {
            Page.replace(project.resolve("docs"), "jobs", report);
        }
        System.exit(0);
    }

    private String measure(int rounds) throws IOException, InterruptedException {
        HttpLoad.warmUp(server.port(), request, HttpBenchmark.CONNECTIONS);
        String job = JOBS + "/" + exchange("POST", JOBS, JOB).path("id").asString();
        Thread.sleep(15_000); // for its code to be compiled
        List<Round> serving = new ArrayList<>(), training = new ArrayList<>(), both = new ArrayList<>();
        for (int n = 0; n < rounds; n++) {
            both.add(round(job, true));
            training.add(round(job, false));
            pause(job);
            serving.add(round(job, true));
            exchange("POST", job + "/resume", "");
            awaitStatus(job, "RUNNING");
        }
        exchange("POST", job + "/cancel", "");
        return """
                | at work | requests/s | p50 µs | p99 µs | updates/s of the job |
                | --- | --- | --- | --- | --- |
                """
                + row("requests", serving, true, false)
                + row("the job", training, false, true)
                + row("both", both, true, true);
    }

    private void pause(String job) throws IOException, InterruptedException {
        exchange("POST", job + "/pause", "");
        awaitStatus(job, "PAUSED");
    }

    private Round round(String job, boolean requests) throws IOException, InterruptedException {
        long from = step(job), began = System.nanoTime();
        double perSecond = 0, p50 = 0, p99 = 0;
        if (requests) {
            HttpLoad.Result result = HttpLoad.closed(server.port(), request, HttpBenchmark.CONNECTIONS, seconds);
            perSecond = result.perSecond();
            p50 = result.micros(50);
            p99 = result.micros(99);
        } else {
            Thread.sleep((long) (1e3 * seconds));
        }
        return new Round(perSecond, p50, p99, (step(job) - from) / ((System.nanoTime() - began) / 1e9));
    }

    private long step(String job) throws IOException {
        return exchange("GET", job, "").at("/progress/step").asLong();
    }

    private void awaitStatus(String job, String status) throws IOException, InterruptedException {
        for (int n = 0; n < 600; n++) {
            String is = exchange("GET", job, "").path("status").asString();
            if (is.equals(status)) {
                return;
            }
            Thread.sleep(50);
        }
        throw new IOException("expected the job to become " + status + " within 30 s");
    }

    private JsonNode exchange(String method, String path, String body) throws IOException {
        try (HttpConnection connection = new HttpConnection(server.port())) {
            connection.exchange(
                    HttpConnection.request(method, path, "application/json", body.getBytes(StandardCharsets.UTF_8)));
            String answer = connection.body();
            return JsonMapper.shared().readTree(answer.substring(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
        }
    }

    private static String row(String name, List<Round> rounds, boolean requests, boolean job) {
        return "| %s | %s | %s | %s | %s |%n"
                .formatted(
                        name,
                        requests ? format("%,.0f", rounds, Round::perSecond) : "–",
                        requests ? format("%,.0f", rounds, Round::p50) : "–",
                        requests ? format("%,.0f", rounds, Round::p99) : "–",
                        job ? format("%.1f", rounds, Round::updates) : "–");
    }

    private static String format(String form, List<Round> rounds, ToDoubleFunction<Round> what) {
        return String.format(Locale.ROOT, form, Interleaved.median(rounds, what));
    }
}
