package io.tidegate.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Volume;
import io.tidegate.testkit.NeedsDocker;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The image that the Dockerfile makes of the packaged jar, run as docs/operations/container.md says. */
@NeedsDocker
class ImageIT {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String DATA = "tidegate-" + UUID.randomUUID();

    private static ImageFromDockerfile image;

    @BeforeAll
    static void build() {
        image = new ImageFromDockerfile().withBuildArg("JAR_FROM", "prebuilt");
        for (String file :
                List.of("Dockerfile", "mvnw", "pom.xml", "tidegate.jvm", "target/tidegate.jar", ".mvn", "src")) {
            image.withFileFromPath(file, Path.of(file));
        }
        docker().createVolumeCmd().withName(DATA).exec();
    }

    @AfterAll
    static void removeVolume() {
        docker().removeVolumeCmd(DATA).exec();
    }

    @Test
    void anImageServesTrainsAndFindsItsJobsAgainOnItsVolume() throws Exception {
        String job;
        try (GenericContainer<?> container = container()) {
            container.start();
            JsonNode answer = post(
                    container,
                    "/api/v1/models/digits-wm/predict",
                    Files.readString(Path.of("src/main/resources/openapi/predict.request.json")));
            assertThat(answer.at("/predictions/0/label").asString()).isEqualTo("2");

            job = post(container, "/api/v1/training-jobs", """
                    {"recipe": "adding", "model": "sums", "preset": "quick"}""").get("id").asString();
            String path = "/api/v1/training-jobs/" + job;
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> get(container, path).get("status").asString().equals("RUNNING"));
            assertThat(container.execInContainer("id", "-u").getStdout()).isEqualTo("10001\n");
        }
        try (GenericContainer<?> next = container()) {
            next.start();
            assertThat(get(next, "/api/v1/training-jobs/" + job).get("model").asString())
                    .isEqualTo("sums");
        }
    }

    private static GenericContainer<?> container() {
        return new GenericContainer<>(image)
                .withExposedPorts(8080)
                .withTmpFs(Map.of("/tmp", "rw,noexec,nosuid,size=64m"))
                .withCreateContainerCmdModifier(command -> command.getHostConfig()
                        .withReadonlyRootfs(true)
                        .withCapDrop(Capability.ALL)
                        .withSecurityOpts(List.of("no-new-privileges"))
                        .withMemory(2L << 30)
                        .withBinds(new Bind(DATA, new Volume("/data"))))
                .waitingFor(Wait.forHttp("/actuator/health/readiness").withStartupTimeout(Duration.ofMinutes(3)));
    }

    private static JsonNode get(GenericContainer<?> container, String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(container, path)));
    }

    private static JsonNode post(GenericContainer<?> container, String path, String json) throws Exception {
        return send(HttpRequest.newBuilder(uri(container, path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    private static JsonNode send(HttpRequest.Builder request) throws Exception {
        HttpResponse<String> response = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
        return JSON.readTree(response.body());
    }

    private static URI uri(GenericContainer<?> container, String path) {
        return URI.create("http://" + container.getHost() + ":" + container.getMappedPort(8080) + path);
    }

    private static DockerClient docker() {
        return DockerClientFactory.lazyClient();
    }
}
