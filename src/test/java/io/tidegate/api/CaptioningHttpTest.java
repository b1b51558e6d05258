package io.tidegate.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.core.caption.BeamSearch;
import io.tidegate.core.caption.Captioner;
import io.tidegate.core.caption.DecoderType;
import io.tidegate.core.cell.CellType;
import io.tidegate.testkit.ServiceTest;
import io.tidegate.testkit.Uploads;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Features in, sentences out, against the decoders themselves. */
class CaptioningHttpTest extends ServiceTest {

    private static final List<String> WORDS = List.of("a", "red", "<unk>", "circle");
    private static final int UNKNOWN = 3;

    private static final Uploads.CaptionModel
            TELLER = Uploads.captioner("teller", DecoderType.SHOW_AND_TELL, CellType.WM, 3),
            LOOKER = Uploads.captioner("looker", DecoderType.UP_DOWN, CellType.PEEPHOLE, 4);

    @BeforeEach
    void upload() {
        upload("teller", TELLER);
        upload("looker", LOOKER);
    }

    private void upload(String name, Uploads.CaptionModel model) {
        if (get("/api/v1/models/" + name).statusCode() == 404) {
            HttpResponse<String> response = send(Uploads.request(
                    uri("/api/v1/models/" + name + "/versions"),
                    model.files().modelJson(),
                    model.files().weights()));
            assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        }
    }

    @Test
    void anImagesVectorGetsItsCaption() {
        JsonNode answer = json(post("/api/v1/models/teller/predict", "{\"features\": [[1, -2, 4], [0, 0, 6]]}"));

        assertThat(answer.get("model").asString()).isEqualTo("teller");
        assertThat(answer.get("version").asInt()).isEqualTo(1);
        assertThat(answer.get("predictions").size()).isEqualTo(2);
        assertCaptions(answer.at("/predictions/0"), TELLER, new BeamSearch(3, 7, 0), new double[][] {{0.5, -1, 2}});
        assertCaptions(answer.at("/predictions/1"), TELLER, new BeamSearch(3, 7, 0), new double[][] {{0, 0, 3}});
    }

    @Test
    void anImagesRegionsGetTheirCaptionHoweverManyThereAre() {
        JsonNode answer = json(post(
                "/api/v1/models/looker/predict",
                "{\"regions\": [[[2, 0, 0]], [[2, 4, 6], [0, 2, 0], [-2, 0, 1]]], \"beamWidth\": 5, \"maxWords\": 4}"));

        BeamSearch search = new BeamSearch(5, 4, 0);
        assertCaptions(answer.at("/predictions/0"), LOOKER, search, new double[][] {{1, 0, 0}});
        assertCaptions(
                answer.at("/predictions/1"), LOOKER, search, new double[][] {{1, 2, 3}, {0, 1, 0}, {-1, 0, 0.5}});
    }

    @Test
    void aGreedyAnswerHasNoAlternatives() {
        JsonNode answer = json(post("/api/v1/models/looker/predict", "{\"regions\": [[[2, 0, 0]]], \"beamWidth\": 1}"));

        assertThat(answer.at("/predictions/0").propertyNames()).containsExactly("caption", "logProbability");
        assertCaptions(answer.at("/predictions/0"), LOOKER, BeamSearch.greedy(7), new double[][] {{1, 0, 0}});
    }

    private static void assertCaptions(
            JsonNode prediction, Uploads.CaptionModel model, BeamSearch search, double[][] seen) {
        List<BeamSearch.Caption> expected = search.search(Captioner.of(model.config(), model.weights()), seen, UNKNOWN);
        assertThat(prediction.get("caption").asString()).isEqualTo(text(expected.getFirst()));
        assertThat(prediction.get("logProbability").asDouble())
                .isCloseTo(expected.getFirst().logProbability(), within(1e-9));
        JsonNode alternatives = prediction.path("alternatives");
        assertThat(alternatives.size()).isEqualTo(expected.size() - 1);
        for (int k = 1; k < expected.size(); k++) {
            assertThat(alternatives.get(k - 1).get("caption").asString()).isEqualTo(text(expected.get(k)));
        }
    }

    private static String text(BeamSearch.Caption caption) {
        return Arrays.stream(caption.words())
                .mapToObj(token -> WORDS.get(token - 1))
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            teller | {"features": [[1, 2]]}                        | /features/0     | model 'teller' takes 3 numbers per image, got 2
            teller | {"features": [[1, 2, "x"]]}                   | /features/0/2   | expected a number, got a string
            teller | {"features": []}                              | ``              | expected at least one image, got none
            teller | {}                                            | ``              | model 'teller' captions images: expected "features", [images][3], got none
            teller | {"regions": [[[1, 2, 3]]]}                    | /regions        | expected "features", [images][3], "beamWidth" or "maxWords", got "regions"
            teller | {"sequences": [[[1, 2, 3]]]}                  | /sequences      | model 'teller' captions images
            looker | {"regions": [[]]}                             | /regions/0      | model 'looker' needs at least one region, got none
            looker | {"regions": [[[1, 2, 3], [1, 2, 3, 4]]]}      | /regions/0/1    | model 'looker' takes 3 numbers per region, got 4
            looker | {"regions": [[1, 2, 3]]}                      | /regions/0/0    | expected an array of 3 numbers, got a number
            looker | {"regions": [[[1, 2, 1e39]]]}                 | /regions/0/0/2  | expected a number that a 32-bit float holds
            looker | {"regions": [[[1, 2, 3]]], "beamWidth": 33}   | /beamWidth      | expected 1 (greedy) to 32, got 33
            looker | {"regions": [[[1, 2, 3]]], "beamWidth": 1.5}  | /beamWidth      | expected a whole number
            looker | {"regions": [[[1, 2, 3]]], "maxWords": 8}     | /maxWords       | expected 1 to 7, the model's maxWords, got 8
            looker | {"regions": [[[1, 2, 3]]], "maxWords": 99999999999999999999} | /maxWords | expected a whole number
            """)
    void whatACaptionerCannotTakeIsNamed(String model, String body, String pointer, String message) {
        HttpResponse<String> response = post("/api/v1/models/" + model + "/predict", body);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(json(response).at("/errors/0/pointer").asString()).isEqualTo(pointer);
        assertThat(json(response).at("/errors/0/detail").asString()).contains(message);
    }

    @Test
    void whatOnlyNetworksDoIsRefused() {
        String regions = "{\"regions\": [[[1, 2, 3]]]}";
        for (HttpResponse<String> response : List.of(
                post("/api/v1/models/looker/inspect", regions),
                post("/api/v1/models/looker/generate", "{\"prompt\": \"a\"}"),
                post("/api/v1/models/looker/predict?steps=all", regions))) {
            assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
            assertThat(json(response).get("detail").asString())
                    .containsAnyOf("it can't be inspected", "it can't generate", "gives one caption an image");
        }
    }

    @Test
    void aCaptionersCardSaysWhatItTakesAndSays() {
        JsonNode card = json(get("/api/v1/models/looker"));

        assertThat(card.get("task").asString()).isEqualTo("captioning");
        assertThat(card.at("/input/kind").asString()).isEqualTo("region-features");
        assertThat(card.at("/output/vocabulary").size()).isEqualTo(4);
        assertThat(card.get("parameters").asInt()).isEqualTo(LOOKER.weights().values().length);
    }

    @Test
    void theOpenInferenceProtocolGivesCaptionsAsBytes() {
        JsonNode metadata = json(get("/v2/models/looker"));
        assertThat(metadata.at("/inputs/0").toString())
                .isEqualTo("{\"name\":\"input\",\"datatype\":\"FP32\",\"shape\":[-1,-1,3]}");
        assertThat(metadata.at("/outputs").toString())
                .isEqualTo("[{\"name\":\"caption\",\"datatype\":\"BYTES\",\"shape\":[-1]}]");

        JsonNode answer = json(post("/v2/models/looker/infer", """
                {"inputs": [
                  {"name": "input", "shape": [2, 2, 3], "datatype": "FP32", "data": [2, 0, 0, 9, 9, 9, 2, 4, 6, 0, 2, 0]},
                  {"name": "lengths", "shape": [2], "datatype": "INT32", "data": [1, 2]}],
                 "outputs": [{"name": "caption"}, {"name": "log_probability"}]}"""));
        JsonNode one =
                json(post("/api/v1/models/looker/predict", "{\"regions\": [[[2, 0, 0]], [[2, 4, 6], [0, 2, 0]]]}"));
        for (int b = 0; b < 2; b++) {
            assertThat(answer.at("/outputs/0/data/" + b).asString())
                    .isEqualTo(one.at("/predictions/" + b + "/caption").asString());
            assertThat(answer.at("/outputs/1/data/" + b).asDouble())
                    .isCloseTo(one.at("/predictions/" + b + "/logProbability").asDouble(), within(1e-4));
        }
    }

    @Test
    void theOpenInferenceProtocolTakesOneVectorAnImage() {
        assertThat(json(get("/v2/models/teller")).at("/inputs/0/shape").toString())
                .isEqualTo("[-1,3]");
        JsonNode answer = json(post("/v2/models/teller/infer", """
                {"inputs": [{"name": "input", "shape": [2, 3], "datatype": "FP32", "data": [[1, -2, 4], [0, 0, 6]]}]}"""));
        JsonNode one = json(post("/api/v1/models/teller/predict", "{\"features\": [[1, -2, 4], [0, 0, 6]]}"));

        assertThat(answer.at("/outputs/0/shape").toString()).isEqualTo("[2]");
        assertThat(answer.at("/outputs/0/data/1").asString())
                .isEqualTo(one.at("/predictions/1/caption").asString());
        assertThat(post("/v2/models/teller/infer", """
                {"inputs": [{"name": "input", "shape": [1, 2, 3], "datatype": "FP32", "data": [1, 2, 3, 4, 5, 6]}]}""").body())
                .contains("unexpected shape for input 'input' for model 'teller'. Expected [-1, 3], got [1, 2, 3]");
    }
}
