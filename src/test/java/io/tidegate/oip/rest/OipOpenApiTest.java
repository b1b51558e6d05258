package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Scale;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.datasets.BuiltInData;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class OipOpenApiTest extends OipServer {

    /** Models of the demo models' names and tensors, where the service doesn't bring its own. */
    @BeforeEach
    void publishStandIns() {
        List<String> digits = IntStream.range(0, 10).mapToObj(Integer::toString).toList();
        LayerConfig layer = new LayerConfig(CellType.WM, 4, false);
        publishOnce(
                "digits-wm", new ModelInput.Features(1, new Scale(0, 1 / 16.0)), new ModelOutput.Labels(digits), layer);
        String letters = " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        publishOnce("verses-wm", new ModelInput.Characters(letters), new ModelOutput.NextCharacter(), layer);
    }

    @Test
    void everyExampleWorksAsItStands() {
        JsonNode examples =
                operation("/v2/models/{model}/infer", "post").at("/requestBody/content/application~1json/examples");
        assertThat(examples.propertyNames()).containsExactlyInAnyOrder("digits-wm", "verses-wm");
        for (Map.Entry<String, JsonNode> example : examples.properties()) {
            HttpResponse<String> response =
                    infer(example.getKey(), example.getValue().get("value").toString());
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        }
    }

    @Test
    void theExampleOfGenerationWorksAsItStands() {
        for (String path : List.of("/generate", "/generate_stream")) {
            JsonNode example =
                    operation("/v2/models/{model}" + path, "post").at("/requestBody/content/application~1json/example");
            HttpResponse<String> response = post("/v2/models/verses-wm" + path, example.toString());
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        }
    }

    @Test
    void theDigitOfTheExampleIsTheFirstOfTheData() {
        JsonNode data = JSON.readTree(OipExamples.DIGIT).at("/inputs/0/data");
        float[] pixels = BuiltInData.digits().getFirst().pixels();
        assertThat(data).hasSize(pixels.length);
        for (int k = 0; k < pixels.length; k++) {
            assertThat(data.get(k).floatValue()).isEqualTo(pixels[k]);
        }
    }

    @Test
    void everyCallIsDescribed() {
        JsonNode paths = json(get("/v3/api-docs")).get("paths");
        List<String> served = List.of(
                "/v2",
                "/v2/health/live",
                "/v2/health/ready",
                "/v2/models/{model}",
                "/v2/models/{model}/config",
                "/v2/models/{model}/ready",
                "/v2/models/{model}/infer",
                "/v2/models/{model}/versions/{version}/infer",
                "/v2/models/{model}/stats",
                "/v2/models/stats",
                "/v2/models/{model}/generate",
                "/v2/models/{model}/generate_stream",
                "/v2/repository/index",
                "/v2/repository/models/{name}/load",
                "/v2/repository/models/{name}/unload");
        for (String path : served) {
            assertThat(paths.has(path)).as(path).isTrue();
            for (JsonNode operation : paths.get(path).values()) {
                assertThat(operation.path("summary").asString("")).as(path).isNotEmpty();
                assertThat(operation.get("tags").toString()).isEqualTo("[\"Open Inference Protocol\"]");
                for (JsonNode response : operation.get("responses").values()) {
                    assertThat(response.path("content").propertyNames())
                            .as(path)
                            .isSubsetOf("application/json", "application/octet-stream", "text/event-stream");
                }
                for (JsonNode parameter : operation.path("parameters").values()) {
                    assertThat(path).contains("{" + parameter.get("name").asString() + "}");
                    assertThat(parameter.has("example")).as(path).isTrue();
                }
            }
        }
    }

    @Test
    void dataIsDescribedAsAnArray() {
        JsonNode schemas = json(get("/v3/api-docs")).at("/components/schemas");
        assertThat(schemas.at("/InputTensor/properties/data/type").asString()).isEqualTo("array");
        assertThat(schemas.at("/Tensor/properties/data/type").asString()).isEqualTo("array");
    }

    private JsonNode operation(String path, String method) {
        return json(get("/v3/api-docs")).get("paths").get(path).get(method);
    }
}
