package io.tidegate.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.testkit.ServiceTest;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

@TestPropertySource(properties = "tidegate.training.limits.max-jobs-queued=20")
class ExperimentsHttpTest extends ServiceTest {

    private static final String EXPERIMENTS = "/api/v1/experiments";
    private static final String SMALL =
            "\"parameters\": {\"steps\": 8, \"hiddenSize\": 4, \"epochs\": 2, \"sequencesPerEpoch\": 40, \"batchSize\": 10}";

    /** t(0.975; 2), from tables. */
    private static final double T_2 = 4.3026527;

    private static String body(String cells, String seeds, String rest) {
        return "{\"recipe\": \"adding\", \"cells\": " + cells + ", \"seeds\": " + seeds + ", " + rest + "}";
    }

    private String submit(String body) {
        HttpResponse<String> response = post(EXPERIMENTS, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        String id = json(response).get("id").asString();
        assertThat(response.headers().firstValue("Location")).hasValue(EXPERIMENTS + "/" + id);
        return id;
    }

    private JsonNode awaitEnd(String id) {
        while (true) {
            JsonNode experiment = json(get(EXPERIMENTS + "/" + id));
            if (experiment.get("status").asString().equals("ENDED")) {
                return experiment;
            }
            Thread.onSpinWait();
        }
    }

    @Test
    void everyNumberOfTheReportFollowsFromItsCsv() throws IOException {
        String id = submit(body("[\"lstm\", \"wm\"]", "[1, 2, 3]", SMALL));
        assertThat(json(get(EXPERIMENTS + "/" + id + "/report"))
                        .at("/progress/jobs")
                        .asInt())
                .isEqualTo(6);
        JsonNode experiment = awaitEnd(id);
        assertThat(experiment.get("fraction").asDouble()).isEqualTo(1);
        assertThat(experiment.get("jobs").values().stream()
                        .map(job -> job.get("status").asString()))
                .hasSize(6)
                .containsOnly("SUCCEEDED");
        JsonNode report = json(get(EXPERIMENTS + "/" + id + "/report"));
        assertThat(report.get("notes").values().stream().map(JsonNode::asString))
                .contains("Trained on the engine "
                        + report.at("/cells/0/seeds/0/engine").asString() + ".");
        List<CSVRecord> rows = csv(id);
        double[] lstm = results(rows, "lstm", "test.mse"), wm = results(rows, "wm", "test.mse");
        assertThat(lstm).hasSize(3);
        JsonNode cell = report.at("/cells/1");
        assertThat(cell.get("cell").asString()).isEqualTo("wm");
        assertThat(cell.at("/result/mean").asDouble())
                .isCloseTo(DoubleStream.of(wm).average().orElseThrow(), within(1e-12));
        double[] d = {wm[0] - lstm[0], wm[1] - lstm[1], wm[2] - lstm[2]};
        double mean = (d[0] + d[1] + d[2]) / 3;
        double variance = DoubleStream.of(d).map(x -> (x - mean) * (x - mean)).sum() / 2;
        double half = T_2 * Math.sqrt(variance / 3);
        assertThat(cell.at("/comparison/difference/mean").asDouble()).isCloseTo(mean, within(1e-12));
        assertThat(cell.at("/comparison/difference/lower").asDouble()).isCloseTo(mean - half, within(1e-7));
        assertThat(cell.at("/comparison/difference/upper").asDouble()).isCloseTo(mean + half, within(1e-7));
        assertThat(report.at("/conclusions/0").asString())
                .contains(Math.abs(mean) <= half ? "no difference was shown" : "which is");
        assertThat(cell.get("weights").asDouble()).isEqualTo(results(rows, "wm", "weights")[0]);
        assertThat(cell.get("secondsPerUpdate").asDouble())
                .isCloseTo(
                        DoubleStream.of(results(rows, "wm", "secondsPerUpdate"))
                                .average()
                                .orElseThrow(),
                        within(1e-12));
        assertThat(cell.at("/seeds/0/updates").asLong()).isEqualTo(8);
        assertThat(rows.stream().map(row -> row.get("name")).collect(Collectors.toSet()))
                .contains(
                        "gates.l0.i.closed",
                        "memory.l0.f",
                        "recurrent.l0.o",
                        "gradient.h",
                        "histogram.l0.i",
                        "cell.l0");
        HttpResponse<String> page = get(EXPERIMENTS + "/" + id + "/report?format=html");
        assertThat(page.headers().firstValue("Content-Type")).hasValue("text/html;charset=UTF-8");
        assertThat(page.body())
                .contains("<svg", id, "Gate i, layer l0", "memory term over time")
                .doesNotContain("<script")
                .doesNotContain("NaN")
                .doesNotContain("http");
    }

    private List<CSVRecord> csv(String id) throws IOException {
        String text = get(EXPERIMENTS + "/" + id + "/report?format=csv").body();
        try (CSVParser parser = CSVParser.parse(
                text,
                CSVFormat.RFC4180
                        .builder()
                        .setHeader()
                        .setSkipHeaderRecord(true)
                        .get())) {
            return parser.getRecords();
        }
    }

    private static double[] results(List<CSVRecord> rows, String cell, String name) {
        return rows.stream()
                .filter(row -> row.get("cell").equals(cell)
                        && row.get("split").equals("result")
                        && row.get("name").equals(name))
                .mapToDouble(row -> Double.parseDouble(row.get("value")))
                .toArray();
    }

    @Test
    void parametersAreMatchedToWorkingMemorys() {
        String body = body("[\"lstm\", \"wm\"]", "[1, 2]", "\"match\": \"parameters\", " + SMALL);
        String id = submit(body);
        JsonNode cells = json(get(EXPERIMENTS + "/" + id)).get("cells");
        assertThat(cells.at("/1/hiddenSize").asInt()).isEqualTo(4);
        // by hand: 4H(2 + H + 1) and a readout of H + 1, with or without a second bias; wm has 3H² + its biases more
        assertThat(cells.at("/0/hiddenSize").asInt()).isGreaterThan(4);
        long target = cells.at("/1/weights").asLong(),
                reached = cells.at("/0/weights").asLong();
        assertThat((double) Math.abs(target - reached)).isLessThan(0.2 * target);
        assertThat(post(EXPERIMENTS + "/" + id + "/cancel", "").statusCode()).isEqualTo(202);
        assertThat(awaitEnd(id).get("jobs").values().stream()
                        .map(job -> job.get("status").asString()))
                .isSubsetOf("CANCELLED", "SUCCEEDED");
        assertThat(json(get(EXPERIMENTS + "?limit=1")).get("experiments").size())
                .isEqualTo(1);
    }

    @Test
    void variantsAreCellsWithParametersOfTheirOwn() throws IOException {
        String id = submit(body("[\"lstm\", \"wm\"]", "[1, 2]", """
                "variants": [{"name": "lstm-chrono", "cell": "lstm", "parameters": {"chronoSteps": 8}},
                             {"name": "lstm-wide", "cell": "lstm", "match": "parameters"},
                             {"name": "wm-unclipped", "cell": "wm", "parameters": {"clipNorm": 0, "hiddenSize": 3}}],
                "comparedTo": "lstm-chrono", "model": "m",
                """ + SMALL));
        JsonNode experiment = awaitEnd(id);
        assertThat(experiment.get("comparedTo").asString()).isEqualTo("lstm-chrono");
        List<String> names = List.of("lstm", "wm", "lstm-chrono", "lstm-wide", "wm-unclipped");
        assertThat(experiment.get("cells").values().stream()
                        .map(each -> each.get("variant").asString())
                        .toList())
                .isEqualTo(names);
        assertThat(experiment.at("/cells/3/hiddenSize").asInt()).isGreaterThan(4);
        assertThat(experiment.at("/cells/4/hiddenSize").asInt()).isEqualTo(3);
        List<CSVRecord> rows = csv(id);
        for (String name : names) {
            assertThat(rows.stream()
                            .filter(row -> row.get("variant").equals(name)
                                    && row.get("name").equals("test.mse")))
                    .as(name)
                    .hasSize(2);
        }
        assertThat(rows.stream()
                        .filter(row -> row.get("variant").equals("lstm-wide"))
                        .map(row -> row.get("cell")))
                .containsOnly("lstm");
        JsonNode chrono = json(get("/api/v1/training-jobs?limit=500")).get("jobs").values().stream()
                .filter(job -> job.get("model").asString().equals("m-lstm-chrono"))
                .findFirst()
                .orElseThrow();
        assertThat(json(get("/api/v1/training-jobs/" + chrono.get("id").asString()))
                        .at("/parameters/chronoSteps")
                        .asInt())
                .isEqualTo(8);
        assertThat(json(get(EXPERIMENTS + "/" + id + "/report")).get("conclusions").values().stream()
                        .map(JsonNode::asString))
                .hasSize(4)
                .anyMatch(text -> text.startsWith("wm-unclipped against lstm-chrono: "));
        assertThat(get(EXPERIMENTS + "/" + id + "/report?format=html").body())
                .contains("wm-unclipped is wm with clipNorm 0, hidden size 3.");
    }

    @Test
    void variantsThatCannotBeComparedAreRefusedWithPointers() {
        HttpResponse<String> refused = post(EXPERIMENTS, body("[\"lstm\"]", "[1, 2]", """
                        "variants": [{"name": "lstm", "cell": "wm"}, {"cell": "wm"}, {"name": "B", "cell": "gru"},
                                     {"name": "b", "cell": "wm", "match": "time", "parameters": {"hiddenSize": 0}}],
                        "comparedTo": "c", "model": "M",
                        """ + SMALL));
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(json(refused).get("errors").values().stream()
                        .map(error -> error.get("pointer").asString()))
                .containsExactlyInAnyOrder(
                        "/variants/0/name",
                        "/variants/1/name",
                        "/variants/2/name",
                        "/variants/2/cell",
                        "/variants/3/match",
                        "/variants/3/parameters/hiddenSize",
                        "/comparedTo",
                        "/model");
    }

    @Test
    void whatCannotBeComparedIsRefusedWithPointersAndQueuesNothing() {
        HttpResponse<String> refused = post(
                EXPERIMENTS,
                body(
                        "[\"lstm\", \"lstm\", \"gru\"]",
                        "[1]",
                        "\"match\": \"time\", \"parameters\": {\"hiddenSize\": 0}"));
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(json(refused).get("errors").values().stream()
                        .map(error -> error.get("pointer").asString()))
                .contains("/cells/1", "/cells/2", "/seeds", "/match", "/parameters/hiddenSize");
        int before = json(get("/api/v1/training-jobs?limit=500")).get("jobs").size();
        HttpResponse<String> tooMany =
                post(EXPERIMENTS, body("[\"lstm\", \"wm\"]", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]", SMALL));
        assertThat(tooMany.statusCode()).as(tooMany.body()).isEqualTo(429);
        assertThat(json(get("/api/v1/training-jobs?limit=500")).get("jobs").size())
                .as("none of them is left")
                .isEqualTo(before);
        assertThat(get(EXPERIMENTS + "/none").statusCode()).isEqualTo(404);
        assertThat(get(EXPERIMENTS + "/none/report").statusCode()).isEqualTo(404);
    }

    @Test
    void theSameKeyGivesTheSameExperiment() {
        String small = body("[\"peephole\", \"wm\"]", "[1, 2]", SMALL);
        JsonNode first = json(keyed(small)), second = json(keyed(small));
        assertThat(second.get("id")).isEqualTo(first.get("id"));
        assertThat(first.get("comparedTo").asString()).isEqualTo("peephole");
        assertThat(keyed(body("[\"peephole\", \"wm\"]", "[1, 3]", SMALL)).statusCode())
                .isEqualTo(409);
        awaitEnd(first.get("id").asString());
    }

    private HttpResponse<String> keyed(String body) {
        return send(HttpRequest.newBuilder(uri(EXPERIMENTS))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", "k1")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }
}
