package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.AvailabilityState;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;

class OipServerTest extends OipServer {

    @Autowired
    ApplicationContext context;

    @ParameterizedTest
    @ValueSource(strings = {"/v2", "/v2/"})
    void theServerSaysWhatItIsWithAndWithoutASlash(String path) {
        HttpResponse<String> response = get(path);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(json(response).get("name").asString()).isEqualTo("tidegate");
        assertThat(json(response).get("version").asString()).isNotEmpty();
        assertThat(json(response).get("extensions").values())
                .extracting(extension -> extension.asString())
                .containsExactly(
                        "classification",
                        "sequence",
                        "sequence(string_id)",
                        "model_repository",
                        "model_repository(unload_dependents)",
                        "schedule_policy",
                        "model_configuration",
                        "binary_tensor_data",
                        "parameters",
                        "statistics",
                        "generate");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v2/health/live", "/v2/health/ready"})
    void aHealthyServerAnswersWithAnEmptyBody(String path) {
        assertThat(get(path).statusCode()).isEqualTo(200);
        assertThat(get(path).body()).isEmpty();
    }

    @Test
    void readinessAndLivenessAreTheApplications() {
        during(ReadinessState.REFUSING_TRAFFIC, ReadinessState.ACCEPTING_TRAFFIC, () -> {
            assertError(get("/v2/health/ready"), 503, "Server not ready");
            assertThat(get("/v2/health/live").statusCode()).isEqualTo(200);
        });
        during(
                LivenessState.BROKEN,
                LivenessState.CORRECT,
                () -> assertError(get("/v2/health/live"), 503, "Server not live"));
    }

    private void during(AvailabilityState state, AvailabilityState after, Runnable check) {
        AvailabilityChangeEvent.publish(context, state);
        try {
            check.run();
        } finally {
            AvailabilityChangeEvent.publish(context, after);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v2/nothing", "/v2/models", "/v2/models/oip-classifier/versions/one", "/v2/health/dead"})
    void anUnknownPathIsNotFound(String path) {
        assertError(get(path), 404, "Not Found");
    }

    @Test
    void aWrongMethodIsNotAllowed() {
        HttpResponse<String> response = get("/v2/models/oip-classifier/infer");
        assertError(response, 405, "Method Not Allowed");
        assertThat(response.headers().firstValue("Allow")).hasValue("POST");
        assertError(post("/v2/models/oip-classifier", "{}"), 405, "Method Not Allowed");
    }

    @Test
    void otherPathsKeepTheirOwnFormOfErrors() {
        HttpResponse<String> response = get("/v2x");
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).doesNotContain("\"error\":\"Not Found\"}");
        assertThat(response.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/problem+json");
    }

    @Test
    void aBodyOverTheLimitIsRefusedWhetherItsLengthIsDeclaredOrNot() {
        String large = " ".repeat(200_000);
        assertError(post("/v2/models/oip-classifier/infer", large), 413, "tidegate.limits.max-body");
        HttpRequest.Builder chunked = HttpRequest.newBuilder(uri("/v2/models/oip-classifier/infer"))
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofString(large)));
        assertError(send(chunked), 413, "tidegate.limits.max-body");
    }
}
