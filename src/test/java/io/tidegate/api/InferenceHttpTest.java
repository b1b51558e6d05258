package io.tidegate.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.Network;
import io.tidegate.core.network.SequenceInput;
import io.tidegate.core.network.Trace;
import io.tidegate.datasets.BuiltInData;
import io.tidegate.testkit.ServiceTest;
import io.tidegate.testkit.Uploads;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What the service answers, against the numerics in double. */
class InferenceHttpTest extends ServiceTest {

    private static final double[][] SHORT = {{0.5, -1, 2}, {1, 1, 1}},
            LONG = {{0, 0, 0}, {3, -2, 1}, {0.25, 0.5, 0.75}, {-1, -1, -1}, {2, 2, 2}};

    @ParameterizedTest
    @EnumSource
    void anUploadedClassifierGivesTheNetworksProbabilities(CellType cell) {
        Uploads.Model model = Uploads.classifier("classifier-" + cell, cell, 3, true, 11);
        upload("classifier-" + cell, model);
        JsonNode answer = json(post(
                "/api/v1/models/classifier-" + cell + "/predict",
                JSON.writeValueAsString(Map.of("sequences", List.of(SHORT, LONG)))));
        assertThat(answer.get("version").asInt()).isEqualTo(1);
        close(scores(answer.at("/predictions/0")), softmax(logits(model, SHORT)));
        close(scores(answer.at("/predictions/1")), softmax(logits(model, LONG)));
        double[] p = scores(answer.at("/predictions/1"));
        String label =
                List.of("left", "right", "straight on").get(p[0] > p[1] ? (p[0] > p[2] ? 0 : 2) : p[1] > p[2] ? 1 : 2);
        assertThat(answer.at("/predictions/1/label").asString()).isEqualTo(label);
    }

    @Test
    void everyStepIsPredictedAsIfTheSequenceEndedThere() {
        Uploads.Model model = Uploads.regressor("stepwise", CellType.WM, 12);
        upload("stepwise", model);
        String body = "{\"sequences\": [[[1, 2], [3, 4], [5, 6]]]}";
        JsonNode steps =
                json(post("/api/v1/models/stepwise/predict?steps=all", body)).at("/predictions/0");
        assertThat(steps.size()).isEqualTo(3);
        for (int t = 1; t <= 3; t++) {
            double[][] prefix = Arrays.copyOf(new double[][] {{1, 2}, {3, 4}, {5, 6}}, t);
            double[] y = logits(model, scaled(prefix, new double[] {1, 2}, new double[] {0.5, 2}), false);
            assertThat(steps.get(t - 1).at("/values/0").asDouble()).isCloseTo(y[0] / 0.1 + 10, within(1e-4));
            assertThat(steps.get(t - 1).at("/values/1").asDouble()).isCloseTo(y[1] / 2 + 20, within(1e-5));
        }
    }

    @Test
    void aLanguageModelScoresTheCharactersAfterTheFirst() {
        Uploads.Model model = Uploads.languageModel("letters", CellType.PEEPHOLE, 13);
        upload("letters", model);
        JsonNode answer = json(post("/api/v1/models/letters/predict", "{\"texts\": [\"abé😀c\", \"b\"]}"));
        int[] ids = {0, 1, 4, 5, 2};
        Network network = new Network(model.config(), model.weights());
        double[][] top = network.forward(new SequenceInput.OneHot(ids), network.zeroStates(), false)
                .top();
        double logLikelihood = 0;
        for (int t = 0; t < 4; t++) {
            logLikelihood += Math.log(softmax(network.logits(top[t]))[ids[t + 1]]);
        }
        JsonNode first = answer.at("/predictions/0");
        assertThat(first.get("logLikelihood").asDouble()).isCloseTo(logLikelihood, within(1e-5));
        assertThat(first.get("bitsPerCharacter").asDouble())
                .isCloseTo(-logLikelihood / (4 * Math.log(2)), within(1e-5));
        assertThat(first.at("/next/😀").asDouble()).isCloseTo(softmax(network.logits(top[4]))[5], within(1e-5));
        assertThat(answer.at("/predictions/1/bitsPerCharacter").isNull()).isTrue();
        assertThat(answer.at("/predictions/1/logLikelihood").asDouble()).isZero();
    }

    @Test
    void aLongTextScoresTheSameInOneRequestAsStepByStep() {
        Uploads.Model model = Uploads.languageModel("long-letters", CellType.WM, 14);
        upload("long-letters", model);
        String text = "abc ".repeat(60_000); // more logits than are held at a time
        JsonNode answer = json(post("/api/v1/models/long-letters/predict", "{\"texts\": [\"" + text + "\"]}"));
        int[] ids = text.chars().map("abc "::indexOf).toArray();
        Network network = new Network(model.config(), model.weights());
        double[][] top = network.forward(new SequenceInput.OneHot(ids), network.zeroStates(), false)
                .top();
        double logLikelihood = 0;
        for (int t = 0; t + 1 < ids.length; t++) {
            logLikelihood += Math.log(softmax(network.logits(top[t]))[ids[t + 1]]);
        }
        assertThat(answer.at("/predictions/0/logLikelihood").asDouble())
                .isCloseTo(logLikelihood, within(1e-5 * Math.abs(logLikelihood)));
    }

    @Test
    void inspectionShowsTheNetworksGatesAndMemory() {
        Uploads.Model model = Uploads.classifier("inspected", CellType.WM, 3, true, 15);
        upload("inspected", model);
        JsonNode answer = json(post(
                "/api/v1/models/inspected/inspect",
                JSON.writeValueAsString(Map.of("sequences", new double[][][] {SHORT}))));
        Network network = new Network(model.config(), model.weights());
        Trace trace = network.forward(
                new SequenceInput.Features(scaled(SHORT, new double[] {1}, new double[] {0.5})),
                network.zeroStates(),
                true);
        assertThat(answer.get("layers").size()).isEqualTo(4);
        JsonNode backward = answer.at("/layers/1");
        assertThat(backward.get("direction").asString()).isEqualTo("backward");
        assertThat(backward.get("cell").asString()).isEqualTo("wm");
        var tape = trace.layers().getFirst().tapes().get(1)[0];
        assertThat(backward.at("/o/0/5").asDouble()).isCloseTo(tape.o()[5], within(1e-9));
        assertThat(backward.at("/c/0/5").asDouble()).isCloseTo(tape.after().c()[5], within(1e-9));
        assertThat(backward.at("/memory/f/0/5").asDouble()).isCloseTo(tape.memoryF()[5], within(1e-9));
        assertThat(backward.at("/summary/f/open").asDouble()).isBetween(0.0, 1.0);
        assertThat(backward.at("/summary/meanMemory/o").asDouble()).isPositive();
    }

    @Test
    void aVanillaLstmHasNoMemoryPart() {
        upload("plain", Uploads.classifier("plain", CellType.LSTM, 3, false, 15));
        JsonNode layer = json(post(
                        "/api/v1/models/plain/inspect",
                        JSON.writeValueAsString(Map.of("sequences", new double[][][] {SHORT}))))
                .at("/layers/0");
        assertThat(layer.has("memory")).isFalse();
        assertThat(layer.at("/summary").has("meanMemory")).isFalse();
    }

    @Test
    void theSameSeedWritesTheSameText() {
        String body = "{\"prompt\": \"In the beginning\", \"maxTokens\": 60, \"temperature\": 0.8, \"seed\": 7}";
        JsonNode first = json(post("/api/v1/models/verses-wm/generate", body));
        JsonNode again = json(post("/api/v1/models/verses-wm/generate", body));
        JsonNode other = json(post("/api/v1/models/verses-wm/generate", body.replace(": 7", ": 8")));
        assertThat(first.get("text").asString())
                .hasSize(60)
                .isEqualTo(again.get("text").asString());
        assertThat(other.get("text")).isNotEqualTo(first.get("text"));
        assertThat(first.get("finishReason").asString()).isEqualTo("length");
    }

    @Test
    void temperatureZeroAndTheLikeliestOneAgree() {
        String greedy = "{\"prompt\": \"And the LORD\", \"maxTokens\": 40, \"temperature\": 0}";
        String topOne = "{\"prompt\": \"And the LORD\", \"maxTokens\": 40, \"topK\": 1}";
        assertThat(json(post("/api/v1/models/verses-lstm/generate", greedy)).get("text"))
                .isEqualTo(json(post("/api/v1/models/verses-lstm/generate", topOne))
                        .get("text"));
    }

    /** The claim of the demo models' cards, through the API: at least 88 % of the 360 digits that nothing trained on. */
    @ParameterizedTest
    @ValueSource(strings = {"digits-lstm", "digits-wm"})
    void theDemoModelsReadHeldOutDigits(String model) {
        var test = BuiltInData.digits().subList(BuiltInData.DIGITS_FOR_TRAINING, 1797);
        List<double[][]> sequences = test.stream()
                .map(digit -> {
                    double[][] steps = new double[64][1];
                    for (int k = 0; k < 64; k++) {
                        steps[k][0] = digit.pixels()[k];
                    }
                    return steps;
                })
                .toList();
        JsonNode predictions = json(post(
                        "/api/v1/models/" + model + "/predict",
                        JSON.writeValueAsString(Map.of("sequences", sequences))))
                .get("predictions");
        int right = 0;
        for (int k = 0; k < test.size(); k++) {
            right += predictions
                            .get(k)
                            .get("label")
                            .asString()
                            .equals("" + test.get(k).label())
                    ? 1
                    : 0;
        }
        assertThat(right / 360.0).isGreaterThanOrEqualTo(0.88);
    }

    /** Over ten stretches of the last 10 %, in the recorder's units. */
    @ParameterizedTest
    @ValueSource(strings = {"ecg-lstm", "ecg-wm"})
    void theDemoForecastersBeatBothPlainGuesses(String model) {
        float[] tail = BuiltInData.tail(BuiltInData.ecg(), 10);
        double error = 0, last = 0, line = 0;
        for (int from = 0; from + 1000 < tail.length; from += 1080) {
            double[][] x = new double[999][1];
            for (int t = 0; t < x.length; t++) {
                x[t][0] = tail[from + t];
            }
            JsonNode steps = json(post(
                            "/api/v1/models/" + model + "/predict?steps=all",
                            JSON.writeValueAsString(Map.of("sequences", new double[][][] {x}))))
                    .at("/predictions/0");
            for (int t = 1; t < x.length; t++) {
                double next = tail[from + t + 1], now = tail[from + t], before = tail[from + t - 1];
                error += Math.pow(next - steps.get(t).at("/values/0").asDouble(), 2);
                last += Math.pow(next - now, 2);
                line += Math.pow(next - (2 * now - before), 2);
            }
        }
        assertThat(error).isLessThan(line).isLessThan(last);
    }

    @ParameterizedTest
    @ValueSource(strings = {"verses-lstm", "verses-wm"})
    void theDemoLanguageModelsKnowTheirBook(String model) {
        String text = BuiltInData.kingJames();
        String unseen = text.substring(BuiltInData.head(text.length(), 5)).substring(0, 20_000);
        JsonNode answer = json(post(
                "/api/v1/models/" + model + "/predict", JSON.writeValueAsString(Map.of("texts", List.of(unseen)))));
        assertThat(answer.at("/predictions/0/bitsPerCharacter").asDouble()).isBetween(1.0, 2.3);
    }

    @Test
    void aNumberThatOverflowsOnceScaledIsRefused() {
        upload("overflowing", Uploads.regressor("overflowing", CellType.LSTM, 16)); // doubles its second feature
        HttpResponse<String> response = post("/api/v1/models/overflowing/predict", "{\"sequences\": [[[1, 3e38]]]}");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(json(response).get("detail").asString()).contains("also when scaled, got 3.0E38");
    }

    @Test
    void aBodySentAsAFormIsReadAllTheSame() {
        HttpResponse<String> response = send(HttpRequest.newBuilder(uri("/api/v1/models/verses-wm/predict?steps=last"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("{\"texts\": [\"the tide\"]}")));
        assertThat(response.statusCode()).isEqualTo(200);
    }

    @Test
    void requestsAreCountedByModelVersionAndOutcome() {
        post("/api/v1/models/digits-lstm/predict", "{\"sequences\": [[[1], [2]]]}");
        post("/api/v1/models/digits-lstm/predict", "{\"sequences\": []}");
        post("/api/v1/models/made-up/predict", "{}");
        String metrics = get("/actuator/prometheus").body();
        assertThat(metrics)
                .contains("tidegate_request_seconds_bucket{model=\"digits-lstm\",outcome=\"success\",version=\"1\",le=")
                .contains(
                        "tidegate_request_seconds_count{model=\"digits-lstm\",outcome=\"client_error\",version=\"1\"}")
                .contains(
                        "tidegate_request_seconds_count{model=\"unknown\",outcome=\"client_error\",version=\"unknown\"}")
                .contains("tidegate_batch_rows_count{model=\"digits-lstm\"}")
                .contains("tidegate_steps_total{model=\"digits-lstm\"}")
                .contains("tidegate_model_weights_bytes{model=\"digits-lstm\",version=\"1\"}")
                .contains("tidegate_model_load_seconds_count")
                .contains("tidegate_engine{engine=")
                .contains("jvm_memory_used_bytes")
                .doesNotContain("made-up");
    }

    @Test
    void theShortWayShowsInTheMetricsAsAnyOther() {
        post("/api/v1/models/digits-lstm/predict", "{\"sequences\": [[[1], [2]]]}");
        post("/v2/models/digits-lstm/infer", "{}");
        post("/v2/models/digits-lstm/versions/1/infer", "{}");
        assertThat(get("/actuator/prometheus")
                        .body()
                        .lines()
                        .filter(line -> line.startsWith("http_server_requests_seconds_count{")))
                .anyMatch(line -> line.contains("uri=\"/api/v1/models/{model}/predict\""))
                .anyMatch(line -> line.contains("uri=\"/v2/models/{model}/infer\""))
                .anyMatch(line -> line.contains("uri=\"/v2/models/{model}/versions/{version}/infer\""))
                .noneMatch(line -> line.contains("uri=\"UNKNOWN\"") && line.contains("status=\"200\""));
    }

    @ParameterizedTest
    @CsvSource({
        "/api/v1/models/digits-lstm/predict, application/json;q=0.9, 200",
        "/api/v1/models/digits-lstm/predict, text/csv, 406",
        "/api/v1/models/digits-lstm/versions/1/predict, application/json, 404",
        "/api/v1/models/digits%2Dlstm/predict, application/json, 200"
    })
    void whatIsWrittenUnusuallyGoesTheLongWay(String path, String accept, int status) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
                .header("Accept", accept)
                .POST(HttpRequest.BodyPublishers.ofString("{\"sequences\": [[[1], [2]]]}"));
        assertThat(send(request).statusCode()).isEqualTo(status);
    }

    private void upload(String name, Uploads.Model model) {
        HttpResponse<String> response = send(Uploads.request(
                uri("/api/v1/models/" + name + "/versions"),
                model.files().modelJson(),
                model.files().weights()));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
    }

    private static double[] logits(Uploads.Model model, double[][] raw) {
        return logits(model, scaled(raw, new double[] {1}, new double[] {0.5}), true);
    }

    private static double[] logits(Uploads.Model model, double[][] x, boolean bidirectional) {
        assertThat(model.config().bidirectional()).isEqualTo(bidirectional);
        Network network = new Network(model.config(), model.weights());
        Trace trace = network.forward(new SequenceInput.Features(x), network.zeroStates(), false);
        return network.logits(Network.summary(model.config(), trace.top()));
    }

    private static double[][] scaled(double[][] x, double[] offset, double[] factor) {
        return Arrays.stream(x)
                .map(step -> {
                    double[] scaled = new double[step.length];
                    for (int k = 0; k < step.length; k++) {
                        scaled[k] = (step[k] - offset[offset.length == 1 ? 0 : k]) * factor[factor.length == 1 ? 0 : k];
                    }
                    return scaled;
                })
                .toArray(double[][]::new);
    }

    private static double[] softmax(double[] logits) {
        double max = Arrays.stream(logits).max().orElseThrow();
        double[] p = Arrays.stream(logits).map(z -> Math.exp(z - max)).toArray();
        double sum = Arrays.stream(p).sum();
        return Arrays.stream(p).map(e -> e / sum).toArray();
    }

    private static double[] scores(JsonNode prediction) {
        return prediction
                .get("scores")
                .valueStream()
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static void close(double[] actual, double[] expected) {
        assertThat(actual).containsExactly(expected, within(1e-5));
    }
}
