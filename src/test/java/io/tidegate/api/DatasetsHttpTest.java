package io.tidegate.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.ServiceTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

@TestPropertySource(properties = {"tidegate.limits.max-body=10KB", "tidegate.limits.max-dataset=1MB"})
class DatasetsHttpTest extends ServiceTest {

    private static final String PATH = "/api/v1/datasets", BOUNDARY = "tidegate-test-boundary";
    private static final String TWO =
            "{\"sequence\": [[1], [2]], \"label\": \"a\"}\n{\"sequence\": [[3]], \"label\": \"b\"}\n";

    @Value("${tidegate.data-dir}")
    private Path dataDir;

    private record Part(String name, String fileName, byte[] content) {
        Part(String name, String fileName, String content) {
            this(name, fileName, content.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static byte[] body(Part... parts) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (Part part : parts) {
            String file = part.fileName().isEmpty() ? "" : "; filename=\"" + part.fileName() + "\"";
            body.writeBytes(("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + part.name() + "\"" + file
                            + "\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            body.writeBytes(part.content());
            body.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        body.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8));
        return body.toByteArray();
    }

    private HttpResponse<String> upload(Part... parts) {
        return sent(body(parts));
    }

    private HttpResponse<String> sent(byte[] body) {
        return send(HttpRequest.newBuilder(uri(PATH))
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    private void assertNothingStaged() {
        try (Stream<Path> staged = Files.list(dataDir.resolve("datasets/.staging"))) {
            assertThat(staged).isEmpty();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anUploadIsSummedUpListedFetchedAndDeleted() {
        HttpResponse<String> created =
                upload(new Part("name", "", "Zwei Blätter"), new Part("file", "two.ndjson", TWO));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        JsonNode summary = json(created);
        String id = summary.get("id").asString();
        assertThat(id).matches("sha256:[0-9a-f]{64}");
        assertThat(created.headers().firstValue("Location")).hasValue(PATH + "/" + id);
        assertThat(summary.get("name").asString()).isEqualTo("Zwei Blätter");
        assertThat(summary.at("/sequences/classes/1/label").asString()).isEqualTo("b");
        assertThat(summary.has("text")).isFalse();

        HttpResponse<String> again = upload(new Part("file", "other.ndjson", TWO));
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(created.body());
        assertThat(get(PATH + "/" + id).body()).isEqualTo(created.body());
        assertThat(get(PATH).body()).contains(id);

        assertThat(delete(PATH + "/" + id).statusCode()).isEqualTo(204);
        assertThat(get(PATH + "/" + id).statusCode()).isEqualTo(404);
        assertThat(delete(PATH + "/" + id).statusCode()).isEqualTo(404);
        assertNothingStaged();
    }

    @Test
    void theListIsPagedById() {
        JsonNode first = json(get(PATH + "?limit=2"));
        assertThat(first.at("/datasets/0/id").asString()).isEqualTo("digits");
        assertThat(first.get("next").asString()).isEqualTo("ecg-208");
        JsonNode second = json(get(PATH + "?limit=1&after=ecg-208"));
        assertThat(second.at("/datasets/0/id").asString()).isEqualTo("king-james");
        assertThat(json(get(PATH + "?after=king-jamez")).get("next").isNull()).isTrue();
        assertThat(get(PATH + "?limit=0").statusCode()).isEqualTo(400);
        assertThat(get(PATH + "?limit=x").statusCode()).isEqualTo(400);
    }

    @Test
    void aBadRowIsAProblemWithItsLine() {
        HttpResponse<String> refused =
                upload(new Part("file", "two.ndjson", TWO + "{\"sequence\": [[1e999]], \"label\": \"a\"}"));
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        JsonNode error = json(refused).at("/errors/0");
        assertThat(error.get("pointer").asString()).isEqualTo("/file");
        assertThat(error.get("line").asInt()).isEqualTo(3);
        assertThat(error.get("detail").asString()).contains("32-bit float");
        assertNothingStaged();
    }

    @Test
    void partsThatMakeNoUploadAreRefused() {
        assertThat(upload(new Part("name", "", "x")).body()).contains("expected a part 'file'");
        assertThat(upload(new Part("file", "a.csv", "x\n1\n"), new Part("file", "a.csv", "x\n1\n"))
                        .body())
                .contains("got it twice");
        assertThat(upload(new Part("file", "a.csv", "x\n1\n"), new Part("fromat", "", "csv"))
                        .body())
                .contains("got another one");
        assertThat(upload(new Part("format", "", "xml"), new Part("file", "a.csv", "x\n1\n"))
                        .body())
                .contains("got 'xml'");
        assertThat(upload(new Part("file", "../../etc/\u0001", "x\n1\n")).statusCode())
                .isEqualTo(400);
        byte[] whole = body(new Part("file", "two.ndjson", TWO));
        assertThat(sent(Arrays.copyOf(whole, whole.length - 40)).statusCode()).isEqualTo(400);
        assertThat(sent("no parts".getBytes(StandardCharsets.UTF_8)).statusCode())
                .isEqualTo(400);
        assertThat(post(PATH, "{}").statusCode()).isEqualTo(415);
        assertNothingStaged();
    }

    @Test
    void aDatasetMayBeLargerThanABody() {
        String csv = "x\n" + "1\n2\n".repeat(20_000);
        assertThat(upload(new Part("file", "large.csv", csv)).statusCode()).isEqualTo(201);
        assertThat(send(HttpRequest.newBuilder(uri("/api/v1/models/digits-wm/predict"))
                                .POST(HttpRequest.BodyPublishers.ofString(csv)))
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void aDatasetOverItsLimitIsRefusedWhetherItsLengthIsDeclaredOrNot() {
        byte[] body = body(new Part("file", "large.csv", "x\n" + "1\n2\n".repeat(300_000)));
        HttpResponse<String> declared = sent(body);
        assertThat(declared.statusCode()).isEqualTo(413);
        assertThat(declared.body()).contains("1048576 bytes (tidegate.limits.max-dataset)");
        HttpResponse<String> chunked = send(HttpRequest.newBuilder(uri(PATH))
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new SequenceInputStream(
                        new ByteArrayInputStream(body), new ByteArrayInputStream(new byte[0])))));
        assertThat(chunked.statusCode()).isEqualTo(413);
        assertThat(chunked.body()).contains("tidegate.limits.max-dataset");
        assertNothingStaged();
    }

    @Test
    void builtInOnesStayAndIdsAreExact() {
        assertThat(delete(PATH + "/digits").statusCode()).isEqualTo(409);
        JsonNode digits = json(get(PATH + "/digits"));
        assertThat(digits.at("/sequences/count").asInt()).isEqualTo(1797);
        assertThat(digits.get("builtIn").asBoolean()).isTrue();
        HttpResponse<String> upper = get(PATH + "/sha256:" + "A".repeat(64));
        assertThat(upper.statusCode()).isEqualTo(400);
        assertThat(upper.body()).contains("lower case");
        assertThat(get(PATH + "/" + "a".repeat(64)).statusCode()).isEqualTo(400);
        assertThat(get(PATH + "/sha256:" + "a".repeat(64)).statusCode()).isEqualTo(404);
    }
}
