package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Scale;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Engines;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.oip.IndexEntry;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.registry.LoadState;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.registry.ModelVersion;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

class OipRepositoryTest extends OipServer {

    private static final String MODEL = "oip-repository",
            UNLOAD = "/v2/repository/models/oip-repository/unload",
            LOAD = "/v2/repository/models/oip-repository/load";

    private static final String REQUEST = """
            {"inputs": [{"name": "input", "shape": [1, 1, 1], "datatype": "FP32", "data": [1]}]}""";

    @Autowired
    TidegateProperties properties;

    @Autowired
    Engines.Selection selection;

    @BeforeEach
    void publishTwoVersions() {
        if (!registry.knows(MODEL)) {
            for (int seed = 1; seed <= 2; seed++) {
                publish(
                        MODEL,
                        new ModelInput.Features(1, Scale.NONE),
                        new ModelOutput.Values(1, Scale.NONE),
                        seed,
                        new LayerConfig(CellType.LSTM, 2, false));
            }
            registry.setAlias(MODEL, "champion", 1, "", OptionalInt.empty());
        }
        assertThat(post(LOAD, "").statusCode()).isEqualTo(200);
    }

    @Test
    void theIndexListsEveryVersionWithItsState() {
        HttpResponse<String> response =
                send(HttpRequest.newBuilder(uri("/v2/repository/index")).POST(HttpRequest.BodyPublishers.noBody()));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(json(response).values())
                .extracting(JsonNode::toString)
                .contains(
                        "{\"name\":\"oip-repository\",\"version\":\"1\",\"state\":\"READY\",\"reason\":\"\"}",
                        "{\"name\":\"oip-repository\",\"version\":\"2\",\"state\":\"READY\",\"reason\":\"\"}");
    }

    @Test
    void anUnloadedModelIsUnavailableUntilItIsLoadedAgain() {
        assertThat(infer(MODEL, REQUEST).statusCode()).isEqualTo(200);

        assertEmpty(post(UNLOAD, "{\"parameters\": {\"unload_dependents\": false}}"));
        assertError(
                infer(MODEL, REQUEST),
                400,
                "Request for unknown model: 'oip-repository' version 1 is not at ready state");
        assertError(get("/v2/models/oip-repository/ready"), 400, "Model version not ready");
        assertThat(post("/v2/repository/index", "{}").body())
                .contains(
                        "{\"name\":\"oip-repository\",\"version\":\"2\",\"state\":\"UNAVAILABLE\",\"reason\":\"unloaded");
        assertThat(post("/v2/repository/index", "{\"ready\": true}").body())
                .doesNotContain(MODEL)
                .contains(CLASSIFIER);

        assertEmpty(post(LOAD, "{\"parameters\": {}}"));
        assertThat(infer(MODEL, REQUEST).statusCode()).isEqualTo(200);
        assertThat(infer(MODEL + "/versions/2", REQUEST).statusCode()).isEqualTo(200);
        assertThat(get("/v2/models/oip-repository/ready").statusCode()).isEqualTo(200);
    }

    @Test
    void aVersionThatNobodyHasAskedForYetIsReady() {
        ModelRegistry restarted = new ModelRegistry(
                properties.dataDir(),
                (model, config, weights) -> selection.engine().load(config, weights),
                new SimpleMeterRegistry(),
                Clock.systemUTC());
        ModelVersion version = restarted.model(MODEL).current();
        assertThat(version.state()).isEqualTo(LoadState.UNLOADED);
        assertThat(version.answers()).isTrue();
        assertThat(IndexEntry.of(version).state()).isEqualTo("READY");
        restarted.unload(MODEL);
        assertThat(version.answers()).isFalse();
        assertThat(IndexEntry.of(version).state()).isEqualTo("UNAVAILABLE");
    }

    @Test
    void theBareNameMeansTheChampion() {
        assertThat(json(infer(MODEL, REQUEST)).get("model_version").asString()).isEqualTo("1");
        assertThat(json(infer(MODEL + "@latest", REQUEST)).get("model_version").asString())
                .isEqualTo("2");
        assertThat(json(get("/v2/models/" + MODEL)).get("versions").toString()).isEqualTo("[\"1\",\"2\"]");
    }

    @Test
    void anUnknownModelCanBeNeitherLoadedNorUnloaded() {
        assertError(
                post("/v2/repository/models/nobody/load", ""),
                404,
                "failed to load 'nobody', failed to poll from model repository");
        assertError(post("/v2/repository/models/nobody/unload", ""), 404, "'nobody' is not found");
    }

    @Test
    void oneVersionAloneIsNeitherLoadedNorUnloaded() {
        assertError(post("/v2/repository/models/oip-repository@1/unload", ""), 400, "expected a bare model name");
        assertError(post("/v2/repository/models/oip-repository@1/load", ""), 400, "expected a bare model name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"config\": \"{}\"}", "{\"file:1/model.json\": \"e30=\"}"})
    void aModelIsLoadedAsItWasPublished(String parameters) {
        assertError(post(LOAD, "{\"parameters\": " + parameters + "}"), 400, "/parameters/", "as it was published");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{\"ready\": 1}", "{\"ready\": true", "{} {}"})
    void aBodyThatMakesNoSenseIsRefused(String body) {
        assertError(post("/v2/repository/index", body), 400, "expected");
    }

    private static void assertEmpty(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
    }
}
