package io.tidegate.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.core.cell.CellType;
import io.tidegate.testkit.ServiceTest;
import io.tidegate.testkit.Uploads;
import java.io.ByteArrayInputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ModelsHttpTest extends ServiceTest {

    private static final String SEQUENCE = "{\"sequences\": [[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]]}";

    @Test
    void theDemoModelsAreReadyOnceTheServiceIs() {
        assertThat(get("/actuator/health/readiness").statusCode()).isEqualTo(200);
        JsonNode models = json(get("/api/v1/models")).get("models");
        assertThat(models.valueStream()
                        .filter(model -> model.get("name").asString().matches("(digits|verses|ecg)-(lstm|wm)"))
                        .map(model -> model.get("state").asString()))
                .hasSize(6)
                .containsOnly("READY");
    }

    @Test
    void aCardTellsWhatAModelIsAndWhereItComesFrom() {
        JsonNode card = json(get("/api/v1/models/digits-wm"));
        assertThat(card.get("task").asString()).isEqualTo("classification");
        assertThat(card.at("/layers/0/cell").asString()).isEqualTo("wm");
        assertThat(card.at("/input/scale/factor").asDouble()).isEqualTo(0.0625);
        assertThat(card.at("/training/seed").asInt()).isEqualTo(2021);
        assertThat(card.at("/training/data").asString()).startsWith("sha256:");
        assertThat(card.at("/metrics/test.accuracy").asDouble()).isGreaterThan(0.88);
        assertThat(card.get("weightsSha256").asString()).hasSize(64);
        assertThat(card.get("aliases").valueStream().map(JsonNode::asString)).contains("latest");
    }

    @Test
    void anUploadIsServedAtOnceUnderItsLocation() {
        HttpResponse<String> response = upload("uploaded", 1);
        assertThat(response.statusCode()).isEqualTo(201);
        String location = response.headers().firstValue("Location").orElseThrow();
        assertThat(location).isEqualTo("/api/v1/models/uploaded@1");
        assertThat(json(get(location)).get("state").asString()).isEqualTo("READY");
        assertThat(post(location + "/predict", SEQUENCE).statusCode()).isEqualTo(200);
    }

    @Test
    void twoUploadsAtOnceGetTwoVersions() {
        List<CompletableFuture<HttpResponse<String>>> uploads = IntStream.range(0, 6)
                .mapToObj(k -> CompletableFuture.supplyAsync(() -> upload("raced", k)))
                .toList();
        assertThat(uploads.stream()
                        .map(upload -> json(upload.join()).get("version").asInt()))
                .containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6);
    }

    @Test
    void aRefusedUploadNamesTheFieldsAndLeavesNothingBehind() {
        Uploads.Model model = Uploads.classifier("refused", CellType.WM, 3, false, 1);
        String json = new String(model.files().modelJson(), StandardCharsets.UTF_8).replace("\"wm\"", "\"gru\"");
        HttpResponse<String> response = send(Uploads.request(
                uri("/api/v1/models/refused/versions"),
                json.getBytes(StandardCharsets.UTF_8),
                model.files().weights()));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(json(response).at("/errors/0/pointer").asString()).startsWith("/layers/0");
        assertThat(json(response).get("detail").asString()).contains("gru");
        assertThat(get("/api/v1/models/refused").statusCode()).isEqualTo(404);
    }

    @Test
    void weightsOfAnotherDigestAreRefused() {
        Uploads.Model model = Uploads.classifier("swapped", CellType.WM, 3, false, 1);
        Uploads.Model other = Uploads.classifier("swapped", CellType.WM, 3, false, 2);
        HttpResponse<String> response = send(Uploads.request(
                uri("/api/v1/models/swapped/versions"),
                model.files().modelJson(),
                other.files().weights()));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(json(response).at("/errors/0/pointer").asString()).isEqualTo("/weights/sha256");
    }

    @Test
    void anUploadUnderAnotherNameIsRefused() {
        Uploads.Model model = Uploads.classifier("one-name", CellType.WM, 3, false, 1);
        HttpResponse<String> response = send(Uploads.request(
                uri("/api/v1/models/another-name/versions"),
                model.files().modelJson(),
                model.files().weights()));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(json(response).at("/errors/0/pointer").asString()).isEqualTo("/name");
    }

    @Test
    void aBareNameMeansTheChampionWhereThereIsOneElseTheLatest() {
        upload("named", 1);
        upload("named", 2);
        assertThat(version("named")).isEqualTo(2);
        assertThat(version("named@latest")).isEqualTo(2);
        assertThat(put("/api/v1/models/named/aliases/champion", "{\"version\": 1, \"reason\": \"calmer\"}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(version("named")).isEqualTo(1);
        assertThat(version("named@champion")).isEqualTo(1);
        assertThat(version("named@2")).isEqualTo(2);
        assertThat(version("named@latest")).isEqualTo(2);
    }

    @Test
    void anAliasIsComparedAndSet() {
        upload("compared", 1);
        upload("compared", 2);
        String path = "/api/v1/models/compared/aliases/champion";
        String first =
                put(path, "{\"version\": 1}").headers().firstValue("ETag").orElseThrow();
        assertThat(get(path).headers().firstValue("ETag")).contains(first);
        HttpResponse<String> second = put(path, "{\"version\": 2}", "If-Match", first);
        assertThat(second.statusCode()).isEqualTo(200);
        HttpResponse<String> stale = put(path, "{\"version\": 1}", "If-Match", first);
        assertThat(stale.statusCode()).isEqualTo(412);
        assertThat(json(get(path)).get("version").asInt()).isEqualTo(2);
    }

    @Test
    void anAliasKeepsItsHistoryAndRollsBack() {
        upload("rolled", 1);
        upload("rolled", 2);
        String path = "/api/v1/models/rolled/aliases/champion";
        put(path, "{\"version\": 1, \"reason\": \"first\"}");
        put(path, "{\"version\": 2, \"reason\": \"better\"}");
        assertThat(json(post(path + "/rollback", "")).get("version").asInt()).isEqualTo(1);
        JsonNode changes = json(get(path + "/history")).get("changes");
        assertThat(changes.valueStream().map(change -> change.get("version").asInt()))
                .containsExactly(1, 2, 1);
        assertThat(changes.valueStream().map(change -> change.get("reason").asString()))
                .containsExactly("first", "better", "rollback");
    }

    @Test
    void latestCannotBeSet() {
        assertThat(put("/api/v1/models/digits-wm/aliases/latest", "{\"version\": 1}")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void aVersionThatAnAliasPointsToCannotBeDeleted() {
        upload("pinned", 1);
        upload("pinned", 2);
        put("/api/v1/models/pinned/aliases/champion", "{\"version\": 1}");
        assertThat(delete("/api/v1/models/pinned/versions/1").statusCode()).isEqualTo(409);
        assertThat(delete("/api/v1/models/pinned/aliases/champion").statusCode())
                .isEqualTo(204);
        assertThat(delete("/api/v1/models/pinned/versions/1").statusCode()).isEqualTo(204);
        assertThat(get("/api/v1/models/pinned@1").statusCode()).isEqualTo(404);
    }

    @Test
    void aVersionWithLiveSequencesIsDeletedByForceOnly() {
        upload("lived-in", 1);
        assertThat(step("lived-in", "", true).statusCode()).isEqualTo(200);
        upload("lived-in", 2);
        assertThat(step("lived-in", "/versions/2", false).statusCode()).isEqualTo(409);
        HttpResponse<String> refused = delete("/api/v1/models/lived-in/versions/1");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(json(refused).get("detail").asString())
                .startsWith("version 1 of model 'lived-in' isn't deleted: 1 live sequence began");
        assertThat(delete("/api/v1/models/lived-in/versions/1?force=true").statusCode())
                .isEqualTo(204);
        assertThat(step("lived-in", "", false).statusCode()).isEqualTo(200); // its weights are in memory
    }

    private HttpResponse<String> step(String model, String version, boolean start) {
        return post(
                "/v2/models/" + model + version + "/infer",
                "{\"parameters\": {\"sequence_id\": 1, \"sequence_start\": " + start
                        + "}, \"inputs\": [{\"name\": \"input\", \"datatype\": \"FP32\", \"shape\": [1, 1, 3], \"data\": [0.1, 0.2, 0.3]}]}");
    }

    @Test
    void aDeletedVersionsNumberIsNeverUsedAgain() {
        upload("counted", 1);
        upload("counted", 2);
        delete("/api/v1/models/counted/versions/2");
        assertThat(json(upload("counted", 3)).get("version").asInt()).isEqualTo(3);
    }

    @Test
    void unknownModelsVersionsAndAliasesAreNotFound() {
        for (String model : List.of("no-such", "digits-wm@99", "digits-wm@no-such", "..", "Digits-WM", "stats@1")) {
            HttpResponse<String> response = get("/api/v1/models/" + model);
            assertThat(response.statusCode()).as(model).isIn(400, 404);
            assertThat(response.body()).as(model).doesNotContain("Exception", "tidegate-test");
        }
    }

    @Test
    void theArchiveHoldsBothFilesAsTheyWereUploaded() throws Exception {
        Uploads.Model model = Uploads.classifier("archived", CellType.WM, 3, true, 5);
        send(Uploads.request(
                uri("/api/v1/models/archived/versions"),
                model.files().modelJson(),
                model.files().weights()));
        HttpResponse<byte[]> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(uri("/api/v1/models/archived/archive"))
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(response.body()))) {
            assertThat(zip.getNextEntry().getName()).isEqualTo("model.json");
            assertThat(zip.readAllBytes()).isEqualTo(model.files().modelJson());
            assertThat(zip.getNextEntry().getName()).isEqualTo("weights.safetensors");
            assertThat(zip.readAllBytes()).isEqualTo(model.files().weights());
        }
    }

    private HttpResponse<String> upload(String name, long seed) {
        Uploads.Model model = Uploads.classifier(name, CellType.WM, 3, false, seed);
        return send(Uploads.request(
                uri("/api/v1/models/" + name + "/versions"),
                model.files().modelJson(),
                model.files().weights()));
    }

    private int version(String ref) {
        return json(post("/api/v1/models/" + ref + "/predict", SEQUENCE))
                .get("version")
                .asInt();
    }
}
