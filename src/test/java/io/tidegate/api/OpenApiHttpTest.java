package io.tidegate.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.ServiceTest;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

class OpenApiHttpTest extends ServiceTest {

    /** What no example can do as it stands: it needs files, or a job's id, or would take away what others need. */
    private static final Set<String> NEED_MORE = Set.of(
            "publishVersion",
            "deleteVersion",
            "deleteAlias",
            "rollBackAlias",
            "unloadModel",
            "uploadDataset",
            "deleteDataset",
            "getTrainingJob",
            "getTrainingMetrics",
            "streamTrainingEvents",
            "listTrainingCheckpoints",
            "pauseTrainingJob",
            "resumeTrainingJob",
            "cancelTrainingJob",
            "getExperiment",
            "getExperimentReport",
            "cancelExperiment",
            "getSequenceState",
            "putSequenceState",
            "endSequence");

    private static final Set<String> WITHOUT_BODY = Set.of(
            "putSequenceState",
            "publishVersion",
            "uploadDataset",
            "rollBackAlias",
            "pauseTrainingJob",
            "resumeTrainingJob",
            "cancelTrainingJob",
            "cancelExperiment");

    private record Call(String operation, String method, String path, JsonNode body) {}

    @TestFactory
    List<DynamicTest> everyExampleWorksAsItStands() {
        return calls().stream()
                .filter(call -> !NEED_MORE.contains(call.operation()))
                .map(call -> DynamicTest.dynamicTest(call.operation(), () -> {
                    HttpRequest.Builder request = HttpRequest.newBuilder(uri(call.path()))
                            .header("Content-Type", "application/json")
                            .method(
                                    call.method(),
                                    call.body().isMissingNode()
                                            ? HttpRequest.BodyPublishers.noBody()
                                            : HttpRequest.BodyPublishers.ofString(
                                                    call.body().toString()));
                    HttpResponse<String> response = send(request);
                    assertThat(response.statusCode()).as(response.body()).isBetween(200, 204);
                }))
                .toList();
    }

    @Test
    void everyCallWithABodyHasAnExampleOfIt() {
        assertThat(calls())
                .filteredOn(call -> Set.of("POST", "PUT").contains(call.method()))
                .filteredOn(call -> !WITHOUT_BODY.contains(call.operation()))
                .allSatisfy(call -> assertThat(call.body().isMissingNode())
                        .as(call.operation())
                        .isFalse());
    }

    @Test
    void theDescriptionIsOpenApi31AndSwaggerUiShowsIt() {
        assertThat(json(get("/v3/api-docs")).get("openapi").asString()).startsWith("3.1");
        assertThat(get("/swagger-ui/index.html").statusCode()).isEqualTo(200);
    }

    private List<Call> calls() {
        List<Call> calls = new ArrayList<>();
        json(get("/v3/api-docs"))
                .get("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(operation -> calls.add(new Call(
                                operation.getValue().get("operationId").asString(),
                                operation.getKey().toUpperCase(Locale.ROOT),
                                filled(path.getKey(), operation.getValue()),
                                body(operation.getValue())))));
        assertThat(calls).hasSizeGreaterThan(10);
        return calls;
    }

    private static String filled(String path, JsonNode operation) {
        String filled = path;
        for (JsonNode parameter : operation.path("parameters").values()) {
            filled = filled.replace(
                    "{" + parameter.get("name").asString() + "}",
                    parameter.path("example").asString(""));
        }
        return filled;
    }

    private static JsonNode body(JsonNode operation) {
        JsonNode json = operation.at("/requestBody/content/application~1json");
        return json.has("example")
                ? json.get("example")
                : json.path("examples").values().stream()
                        .findFirst()
                        .map(example -> example.path("value"))
                        .orElse(json.path("no example"));
    }
}
