package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Scale;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Engines;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.registry.ModelRef;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/** What has been counted of the requests to a model. */
class OipStatisticsTest extends OipServer {

    private static final String MODEL = "oip-counted", UNTOUCHED = "oip-untouched";

    @Autowired
    Engines.Selection engine;

    @BeforeEach
    void publish() {
        for (String name : List.of(MODEL, UNTOUCHED)) {
            publishOnce(
                    name,
                    new ModelInput.Features(1, Scale.NONE),
                    new ModelOutput.Values(1, Scale.NONE),
                    new LayerConfig(CellType.LSTM, 2, false));
        }
    }

    private JsonNode of(String path) {
        JsonNode stats = json(get("/v2/models" + path)).get("model_stats");
        assertThat(stats.size()).isEqualTo(1);
        return stats.get(0);
    }

    @Test
    void sequencesAndRunsAreCounted() {
        JsonNode before = of("/" + MODEL + "/stats");
        long start = System.currentTimeMillis();
        assertThat(infer(MODEL, """
                {"inputs": [{"name": "input", "shape": [3, 1, 1], "datatype": "FP32", "data": [1, 2, 3]}]}""").statusCode()).isEqualTo(200);
        JsonNode after = of("/" + MODEL + "/versions/1/stats");
        assertThat(after.get("name").asString()).isEqualTo(MODEL);
        assertThat(after.get("version").asString()).isEqualTo("1");
        assertThat(more(before, after, "/inference_count")).isEqualTo(3);
        assertThat(more(before, after, "/execution_count")).isEqualTo(1);
        assertThat(after.get("last_inference").asLong()).isBetween(start, System.currentTimeMillis());
        for (String timed : List.of("success", "queue", "compute_input", "compute_infer", "compute_output")) {
            assertThat(more(before, after, "/inference_stats/" + timed + "/count"))
                    .as(timed)
                    .isEqualTo(1);
        }
        long parts = more(before, after, "/inference_stats/queue/ns");
        for (String part : List.of("compute_input", "compute_infer", "compute_output")) {
            long nanos = more(before, after, "/inference_stats/" + part + "/ns");
            assertThat(nanos).as(part).isPositive();
            parts += nanos;
        }
        assertThat(more(before, after, "/inference_stats/success/ns")).isEqualTo(parts);
        assertThat(more(before, after, "/inference_stats/fail/count")).isZero();
        JsonNode three = after.get("batch_stats").values().stream()
                .filter(batch -> batch.get("batch_size").asInt() == 3)
                .findFirst()
                .orElseThrow();
        for (String part : List.of("compute_input", "compute_infer", "compute_output")) {
            assertThat(three.at("/" + part + "/count").asLong()).as(part).isPositive();
            assertThat(three.at("/" + part + "/ns").asLong()).as(part).isPositive();
        }
        assertThat(three.propertyNames())
                .containsExactly("batch_size", "compute_input", "compute_infer", "compute_output");
    }

    @Test
    void aLoadedVersionsWeightsAreItsMemory() {
        Checkpoint checkpoint = registry.resolve(ModelRef.parse(MODEL)).checkpoint();
        long bytes =
                engine.engine().load(checkpoint.config(), checkpoint.weights()).weightBytes();
        post("/v2/repository/models/" + MODEL + "/load", "");
        assertThat(of("/" + MODEL + "/stats").get("memory_usage").toString())
                .isEqualTo("[{\"type\":\"CPU\",\"id\":0,\"byte_size\":" + bytes + "}]");
        post("/v2/repository/models/" + MODEL + "/unload", "");
        assertThat(of("/" + MODEL + "/stats").get("memory_usage")).isEmpty();
        post("/v2/repository/models/" + MODEL + "/load", "");
    }

    private static long more(JsonNode before, JsonNode after, String pointer) {
        return after.at(pointer).asLong() - before.at(pointer).asLong();
    }

    @Test
    void everyModelIsListedAlsoOneThatNobodyAsked() {
        assertThat(json(get("/v2/models/stats")).get("model_stats").values())
                .extracting(stats -> stats.get("name").asString())
                .contains(MODEL, UNTOUCHED, CLASSIFIER);
        JsonNode untouched = of("/" + UNTOUCHED + "/stats");
        assertThat(untouched.get("last_inference").asLong()).isZero();
        assertThat(untouched.at("/inference_stats").values())
                .allSatisfy(spent -> assertThat(spent.toString()).isEqualTo("{\"count\":0,\"ns\":0}"));
        assertThat(untouched.get("batch_stats").size()).isZero();
        assertThat(untouched.propertyNames())
                .containsExactly(
                        "name",
                        "version",
                        "last_inference",
                        "inference_count",
                        "execution_count",
                        "inference_stats",
                        "response_stats",
                        "batch_stats",
                        "memory_usage");
    }

    @Test
    void aModelThatIsNotThereHasNone() {
        assertError(get("/v2/models/nobody/stats"), 404, "Request for unknown model: 'nobody' is not found");
        assertError(get("/v2/models/oip-classifier/versions/7/stats"), 404, "version 7 is not found");
        assertError(get("/v2/models/stats/config"), 404, "Request for unknown model: 'stats' is not found");
        assertError(post("/v2/models/stats", ""), 405, "Method Not Allowed");
    }
}
