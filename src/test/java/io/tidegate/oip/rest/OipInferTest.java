package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.core.cell.CellState;
import io.tidegate.core.network.Network;
import io.tidegate.core.network.SequenceInput;
import io.tidegate.core.network.Trace;
import io.tidegate.registry.ModelRef;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Answers, against the network computed directly. */
class OipInferTest extends OipServer {

    private static final double TOLERANCE = 1e-5;

    private static final double[][] LONG = {{3, -4}, {11, 6}, {-2, 8}}, SHORT = {{5, 7}};

    @Test
    void aClassifierGivesProbabilitiesAndTheMostProbableLabel() {
        JsonNode answer = answer(CLASSIFIER, """
                {"inputs": [{"name": "input", "shape": [1, 3, 2], "datatype": "FP32", "data": [[[3, -4], [11, 6], [-2, 8]]]}]}""");

        double[] expected = probabilities(LONG);
        int best = IntStream.range(0, 3)
                .boxed()
                .max((a, b) -> Double.compare(expected[a], expected[b]))
                .orElseThrow();
        assertThat(answer.get("model_name").asString()).isEqualTo(CLASSIFIER);
        assertThat(answer.get("model_version").asString()).isEqualTo("1");
        assertThat(answer.has("id")).isFalse();
        assertThat(names(answer)).containsExactly("probabilities", "label");
        assertTensor(answer, "probabilities", List.of(1, 3), expected);
        assertThat(output(answer, "label").get("datatype").asString()).isEqualTo("BYTES");
        assertThat(output(answer, "label").get("data").get(0).asString())
                .isEqualTo(List.of("ebb", "flood", "slack – ü").get(best));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'shape': [2, 1, 2], 'datatype': 'FP32', 'data': [1, 2, 3, 4]",
                "'shape': [2, 1, 2], 'datatype': 'FP32', 'data': [[[1, 2]], [[3, 4]]]",
                "'shape': [2, 1, 2], 'datatype': 'FP32', 'data': [[1, 2], [3, 4]]",
                "'shape': [2, 1, 2], 'datatype': 'FP64', 'data': [1.0, 2e0, 0.3E1, 4]",
                "'data': [1, 2, 3, 4], 'datatype': 'FP32', 'shape': [2, 1, 2]",
                "'parameters': {}, 'shape': [2, 1, 2], 'datatype': 'FP32', 'extra': {'a': [[1]]}, 'data': [1, 2, 3, 4]"
            })
    void theFormOfATensorDoesNotMatter(String tensor) {
        JsonNode answer =
                answer(CLASSIFIER, "{\"inputs\": [{\"name\": \"input\", " + tensor.replace('\'', '"') + "}]}");
        double[] expected = concat(probabilities(new double[][] {{1, 2}}), probabilities(new double[][] {{3, 4}}));
        assertTensor(answer, "probabilities", List.of(2, 3), expected);
    }

    @Test
    void paddingNeverChangesAResult() {
        String wanted = "'outputs': [{'name': 'probabilities'}, {'name': 'final_cell'}]";
        JsonNode padded = answer(
                CLASSIFIER,
                ("{" + wanted + ", 'inputs': [{'name': 'lengths', 'shape': [2],"
                                + " 'datatype': 'INT32', 'data': [1, 3]}, {'name': 'input', 'shape': [2, 3, 2], 'datatype': 'FP32',"
                                + " 'data': [5, 7, 1e39, -1e400, 123, 456, 3, -4, 11, 6, -2, 8]}]}")
                        .replace('\'', '"'));
        assertTensor(padded, "probabilities", List.of(2, 3), concat(probabilities(SHORT), probabilities(LONG)));

        JsonNode alone = answer(
                CLASSIFIER,
                ("{" + wanted + ", 'inputs': [{'name': 'input', 'shape': [1, 1, 2],"
                                + " 'datatype': 'FP32', 'data': [5, 7]}]}")
                        .replace('\'', '"'));
        for (String name : List.of("probabilities", "final_cell")) {
            List<JsonNode> once = List.copyOf(output(alone, name).get("data").values());
            assertThat(output(padded, name).get("data").values()).startsWith(once.toArray(JsonNode[]::new));
        }
    }

    @Test
    void aRegressorAnswersInItsOwnUnits() {
        JsonNode answer = answer(REGRESSOR, """
                {"inputs": [{"name": "input", "shape": [1, 4, 1], "datatype": "FP32", "data": [0.5, -1, 2, 0.25]}]}""");
        Network network = network(REGRESSOR);
        double[][] top =
                forward(network, new double[][] {{0.5}, {-1}, {2}, {0.25}}).top();
        double[] y = network.logits(Network.summary(network.config(), top));
        assertTensor(answer, "values", List.of(1, 2), new double[] {y[0] / 0.5 + 100, y[1] / 4 - 7});
        assertThat(names(answer)).containsExactly("values");
    }

    @Test
    void aLanguageModelScoresTextsAndPredictsTheNextCharacter() {
        JsonNode answer = answer(LANGUAGE_MODEL, """
                {"inputs": [{"name": "text", "shape": [2], "datatype": "BYTES", "data": ["ab ü𝄞c", "𝄞"]}]}""");
        assertThat(names(answer)).containsExactly("log_likelihood", "next_probabilities");
        assertTensor(answer, "log_likelihood", List.of(2), new double[] {logLikelihood(0, 1, 3, 4, 5, 2), 0});
        assertTensor(answer, "next_probabilities", List.of(2, 6), concat(next(0, 1, 3, 4, 5, 2), next(5)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT64", "INT32", "UINT8", "UINT64"})
    void tokensOfAnyWidthAreTheCharactersPlaces(String datatype) {
        JsonNode answer = answer(LANGUAGE_MODEL, """
                {"inputs": [{"name": "tokens", "shape": [2, 4], "datatype": "%s", "data": [[0, 1, 3, 99], [2, 0, 0, 0]]},
                            {"name": "lengths", "shape": [2], "datatype": "INT64", "data": [3, 4]}]}""".formatted(datatype));
        double[] expected = {logLikelihood(0, 1, 3), logLikelihood(2, 0, 0, 0)};
        assertTensor(answer, "log_likelihood", List.of(2), expected);
    }

    @Test
    void hiddenStatesComeForEachStepPaddedWithZeros() {
        JsonNode answer = answer(CLASSIFIER, """
                {"inputs": [{"name": "input", "shape": [2, 4, 2], "datatype": "FP32",
                             "data": [5,7,9,9,9,9,9,9,  3,-4,11,6,-2,8,9,9]},
                            {"name": "lengths", "shape": [2], "datatype": "INT32", "data": [1, 3]}],
                 "outputs": [{"name": "hidden"}, {"name": "label"}]}""");
        double[] expected = concat(
                flat(scaled(SHORT).top()), new double[15], flat(scaled(LONG).top()), new double[5]);
        assertThat(names(answer)).containsExactly("hidden", "label");
        assertTensor(answer, "hidden", List.of(2, 4, 5), expected);
    }

    @Test
    void finalStatesComeForEachDirectionOfEachLayer() {
        JsonNode answer = answer(CLASSIFIER, """
                {"inputs": [{"name": "input", "shape": [1, 3, 2], "datatype": "FP32", "data": [3, -4, 11, 6, -2, 8]}],
                 "outputs": [{"name": "final_cell"}, {"name": "final_hidden"}]}""");
        List<CellState> states = scaled(LONG).finalStates();
        assertTensor(answer, "final_hidden", List.of(1, 2, 5), all(states, CellState::h));
        assertTensor(answer, "final_cell", List.of(1, 2, 5), all(states, CellState::c));

        JsonNode twoWay = answer(REGRESSOR, """
                {"inputs": [{"name": "input", "shape": [1, 2, 1], "datatype": "FP32", "data": [1, 2]}],
                 "outputs": [{"name": "final_hidden"}, {"name": "hidden"}]}""");
        Trace trace = forward(network(REGRESSOR), new double[][] {{1}, {2}});
        assertTensor(twoWay, "final_hidden", List.of(1, 2, 4), all(trace.finalStates(), CellState::h));
        assertTensor(twoWay, "hidden", List.of(1, 2, 8), flat(trace.top()));
    }

    @Test
    void aLanguageModelGivesItsHiddenStatesBesidesItsScores() {
        JsonNode answer = answer(LANGUAGE_MODEL, """
                {"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["ab"]}],
                 "outputs": [{"name": "hidden"}, {"name": "log_likelihood"}]}""");
        assertTensor(answer, "hidden", List.of(1, 2, 3), flat(tokens(0, 1).top()));
        assertTensor(answer, "log_likelihood", List.of(1), new double[] {logLikelihood(0, 1)});
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"a-1\"", "\"\"", "\"ü𝄞 \\\" \\\\ \\u0001\""})
    void anIdIsGivenBackAsItCame(String id) {
        JsonNode answer = answer(CLASSIFIER, "{\"id\": " + id + ", \"inputs\": [" + ONE_STEP + "]}");
        assertThat(answer.get("id")).isEqualTo(JSON.readTree(id));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"id\": null, \"parameters\": null, \"outputs\": null",
                "\"outputs\": []",
                "\"parameters\": {\"priority\": 1, \"timeout\": 60000000, \"mine\": {\"a\": [1]}, \"sequence_id\": 0, \"sequence_start\": false}",
                "\"parameters\": {\"sequence_id\": \"\", \"sequence_end\": false, \"binary_data_output\": false}",
                "\"unknown\": [{\"a\": null}]"
            })
    void whatChangesNothingIsIgnored(String members) {
        JsonNode answer = answer(CLASSIFIER, "{" + members + ", \"inputs\": [" + ONE_STEP + "]}");
        assertTensor(answer, "probabilities", List.of(1, 3), probabilities(SHORT));
    }

    @ParameterizedTest
    @CsvSource({
        "oip-classifier@latest",
        "oip-classifier@1",
        "oip-classifier%401",
        "oip%2Dclassifier",
        "oip-classifier/versions/1"
    })
    void aVersionMayBeNamedInEachWay(String model) {
        JsonNode answer = answer(model, "{\"inputs\": [" + ONE_STEP + "]}");
        assertThat(answer.get("model_name").asString()).isEqualTo(CLASSIFIER);
        assertThat(answer.get("model_version").asString()).isEqualTo("1");
    }

    @Test
    void anUnknownModelVersionOrAliasIsNotFound() {
        assertError(infer("nobody", "{}"), 404, "Request for unknown model: 'nobody' is not found");
        assertError(
                infer("No Body!".replace(" ", "%20"), "{}"), 404, "Request for unknown model: 'No Body!' is not found");
        assertError(infer(CLASSIFIER + "/versions/99", "{}"), 404, "version 99 is not found");
        assertError(infer(CLASSIFIER + "/versions/99999999999999", "{}"), 404, "is not found");
        assertError(infer(CLASSIFIER + "@rival", "{}"), 404, "alias rival is not found");
        assertError(infer(CLASSIFIER + "@1/versions/1", "{}"), 400, "expected a bare model name");
    }

    @Test
    void numbersHaveTheFewestDigitsThatGiveTheFloatBack() {
        JsonNode answer = answer(CLASSIFIER, "{\"inputs\": [" + ONE_STEP + "]}");
        for (JsonNode number : output(answer, "probabilities").get("data").values()) {
            assertThat(number.asString()).isEqualTo(Float.toString((float) number.asDouble()));
        }
    }

    private static final String ONE_STEP =
            "{\"name\": \"input\", \"shape\": [1, 1, 2], \"datatype\": \"FP32\", \"data\": [5, 7]}";

    private JsonNode answer(String model, String body) {
        HttpResponse<String> response = infer(model, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return json(response);
    }

    private static List<String> names(JsonNode answer) {
        return answer.get("outputs").values().stream()
                .map(each -> each.get("name").asString())
                .toList();
    }

    private static JsonNode output(JsonNode answer, String name) {
        return answer.get("outputs").values().stream()
                .filter(each -> each.get("name").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static void assertTensor(JsonNode answer, String name, List<Integer> shape, double[] expected) {
        JsonNode tensor = output(answer, name);
        assertThat(tensor.get("datatype").asString()).isEqualTo("FP32");
        assertThat(tensor.get("shape").values()).extracting(JsonNode::asInt).isEqualTo(shape);
        double[] data = tensor.get("data").values().stream()
                .mapToDouble(JsonNode::asDouble)
                .toArray();
        assertThat(data).as(name).containsExactly(expected, within(TOLERANCE));
    }

    private Network network(String model) {
        Checkpoint checkpoint = registry.resolve(ModelRef.parse(model)).checkpoint();
        return new Network(checkpoint.config(), checkpoint.weights());
    }

    private static Trace forward(Network network, double[][] x) {
        return network.forward(new SequenceInput.Features(x), network.zeroStates(), false);
    }

    /** The classifier's run, with its scale written out. */
    private Trace scaled(double[][] x) {
        double[][] scaled = Arrays.stream(x)
                .map(step -> Arrays.stream(step).map(value -> (value - 1) * 0.1).toArray())
                .toArray(double[][]::new);
        return forward(network(CLASSIFIER), scaled);
    }

    private double[] probabilities(double[][] x) {
        double[][] top = scaled(x).top();
        return softmax(network(CLASSIFIER).logits(top[top.length - 1]));
    }

    private Trace tokens(int... ids) {
        Network network = network(LANGUAGE_MODEL);
        return network.forward(new SequenceInput.OneHot(ids), network.zeroStates(), false);
    }

    private double[] next(int... ids) {
        double[][] top = tokens(ids).top();
        return softmax(network(LANGUAGE_MODEL).logits(top[top.length - 1]));
    }

    private double logLikelihood(int... ids) {
        return IntStream.range(1, ids.length)
                .mapToDouble(t -> Math.log(next(Arrays.copyOf(ids, t))[ids[t]]))
                .sum();
    }

    private static double[] softmax(double[] logits) {
        double sum = Arrays.stream(logits).map(Math::exp).sum();
        return Arrays.stream(logits).map(logit -> Math.exp(logit) / sum).toArray();
    }

    private static double[] all(List<CellState> states, Function<CellState, double[]> part) {
        return concat(states.stream().map(part).toArray(double[][]::new));
    }

    private static double[] flat(double[][] rows) {
        return concat(rows);
    }

    private static double[] concat(double[]... parts) {
        return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
    }
}
