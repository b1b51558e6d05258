package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class OipModelTest extends OipServer {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            oip-classifier     | input FP32 [-1,-1,2] | probabilities FP32 [-1,3], label BYTES [-1]
            oip-regressor      | input FP32 [-1,-1,1] | values FP32 [-1,2]
            oip-language-model | text BYTES [-1]      | log_likelihood FP32 [-1], next_probabilities FP32 [-1,6]
            """)
    void metadataListsOneInputAndTheTasksOutputs(String model, String inputs, String outputs) {
        for (String path : new String[] {model, model + "/versions/1", model + "@latest"}) {
            JsonNode metadata = json(get("/v2/models/" + path));
            assertThat(metadata.propertyNames())
                    .containsExactlyInAnyOrder("name", "versions", "platform", "inputs", "outputs");
            assertThat(metadata.get("name").asString()).isEqualTo(model);
            assertThat(metadata.get("versions").toString()).isEqualTo("[\"1\"]");
            assertThat(described(metadata.get("inputs"))).isEqualTo(inputs);
            assertThat(described(metadata.get("outputs"))).isEqualTo(outputs);
        }
    }

    private static String described(JsonNode tensors) {
        return tensors.values().stream()
                .map(tensor -> tensor.get("name").asString() + " "
                        + tensor.get("datatype").asString() + " " + tensor.get("shape"))
                .reduce((a, b) -> a + ", " + b)
                .orElse("");
    }

    @Test
    void theConfigurationMarksTheInputsThatMayBeLeftOut() {
        JsonNode config = json(get("/v2/models/oip-language-model/config"));
        assertThat(config.get("max_batch_size").asInt()).isEqualTo(BATCH_LIMIT);
        assertThat(config.get("input").values())
                .extracting(JsonNode::toString)
                .containsExactly(
                        "{\"name\":\"text\",\"data_type\":\"TYPE_STRING\",\"dims\":[],\"optional\":false}",
                        "{\"name\":\"tokens\",\"data_type\":\"TYPE_INT64\",\"dims\":[-1],\"optional\":true}",
                        "{\"name\":\"lengths\",\"data_type\":\"TYPE_INT32\",\"dims\":[],\"optional\":true}");
        assertThat(config.get("output").values())
                .extracting(output -> output.get("name").asString())
                .containsExactly("log_likelihood", "next_probabilities", "hidden");
        assertThat(json(get("/v2/models/oip-classifier/versions/1/config"))
                        .get("output")
                        .values())
                .extracting(output -> output.get("name").asString() + output.get("dims"))
                .containsExactly("probabilities[3]", "label[]", "hidden[-1,5]", "final_hidden[2,5]", "final_cell[2,5]");
    }

    @Test
    void theConfigurationSaysHowRequestsAreRunTogether() {
        JsonNode config = json(get("/v2/models/oip-classifier/config"));
        assertThat(config.get("dynamic_batching").toString())
                .isEqualTo(
                        "{\"preferred_batch_size\":[64],\"max_queue_delay_microseconds\":0,\"priority_levels\":10,"
                                + "\"default_priority_level\":5,\"default_queue_policy\":{\"timeout_action\":\"REJECT\","
                                + "\"default_timeout_microseconds\":0,\"allow_timeout_override\":true,\"max_queue_size\":10000}}");
        assertThat(config.at("/sequence_batching/max_sequence_idle_microseconds")
                        .asLong())
                .isEqualTo(600_000_000);
        assertThat(config.at("/output/0/labels").toString()).isEqualTo("[\"ebb\",\"flood\",\"slack – ü\"]");
        assertThat(json(get("/v2/models/oip-regressor/config")).has("sequence_batching"))
                .as("a two-way layer needs its sequences whole")
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "oip-classifier",
                "oip-classifier/versions/1",
                "oip-classifier@latest",
                "%6Fip-classifier%40latest"
            })
    void aModelThatAnswersIsReady(String model) {
        assertThat(get("/v2/models/" + model + "/ready").statusCode()).isEqualTo(200);
        assertThat(get("/v2/models/" + model + "/ready").body()).isEmpty();
    }

    @Test
    void aModelThatIsNotThereIsNotReady() {
        assertError(get("/v2/models/nobody/ready"), 400, "Model version not ready");
        assertError(get("/v2/models/oip-classifier/versions/7/ready"), 400, "Model version not ready");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/config"})
    void aModelThatIsNotThereHasNoMetadata(String what) {
        assertError(get("/v2/models/nobody" + what), 404, "Request for unknown model: 'nobody' is not found");
        assertError(get("/v2/models/oip-classifier/versions/7" + what), 404, "version 7 is not found");
    }
}
