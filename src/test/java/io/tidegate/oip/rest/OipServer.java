package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.checkpoint.CheckpointWriter;
import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Provenance;
import io.tidegate.checkpoint.Scale;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.testkit.ServiceTest;
import io.tidegate.testkit.Uploads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

/** A real server with small models and small limits, and a client that, as the field's own do, sends no Content-Type. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "tidegate.engine=reference",
            "tidegate.limits.max-body=100KB",
            "tidegate.limits.max-batch=4",
            "tidegate.limits.max-steps=100",
            "tidegate.limits.max-working-set=80KB"
        })
abstract class OipServer extends ServiceTest {

    static final int BATCH_LIMIT = 4;

    /** Features [2] in units ten times the network's → two layers of 5 → 3 labels. */
    static final String CLASSIFIER = "oip-classifier";

    /** One feature → a two-way layer of 4 → 2 values in other units than the network's. */
    static final String REGRESSOR = "oip-regressor";

    /** Characters → layers of 6 and of 3. */
    static final String LANGUAGE_MODEL = "oip-language-model";

    static final String VOCABULARY = "abc ü𝄞";

    @Autowired
    ModelRegistry registry;

    @BeforeEach
    void publishModels() {
        publishOnce(
                CLASSIFIER,
                new ModelInput.Features(2, new Scale(1, 0.1)),
                new ModelOutput.Labels(List.of("ebb", "flood", "slack – ü")),
                new LayerConfig(CellType.WM, 5, false),
                new LayerConfig(CellType.LSTM, 5, false));
        publishOnce(
                REGRESSOR,
                new ModelInput.Features(1, Scale.NONE),
                new ModelOutput.Values(2, new Scale(List.of(100.0, -7.0), List.of(0.5, 4.0))),
                new LayerConfig(CellType.PEEPHOLE, 4, true));
        publishOnce(
                LANGUAGE_MODEL,
                new ModelInput.Characters(VOCABULARY),
                new ModelOutput.NextCharacter(),
                new LayerConfig(CellType.WM, 6, false),
                new LayerConfig(CellType.WM, 3, false));
    }

    /** For all tests of this server, which share it. */
    void publishOnce(String name, ModelInput input, ModelOutput output, LayerConfig... layers) {
        if (!registry.knows(name)) {
            publish(name, input, output, 1, layers);
        }
    }

    void publish(String name, ModelInput input, ModelOutput output, long seed, LayerConfig... layers) {
        ModelDescriptor descriptor = new ModelDescriptor(name, input, List.of(layers), output, null, Provenance.NONE);
        CheckpointWriter.Encoded files = Uploads.model(descriptor, seed).files();
        Path staging = registry.newStaging();
        try {
            Files.write(staging.resolve(Checkpoint.MODEL_FILE), files.modelJson());
            Files.write(staging.resolve(Checkpoint.WEIGHTS_FILE), files.weights());
            registry.publish(name, staging);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            registry.discard(staging);
        }
    }

    @Override
    protected HttpResponse<String> post(String path, String body) {
        return send(HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofString(body)));
    }

    HttpResponse<String> infer(String model, String body) {
        return post("/v2/models/" + model + "/infer", body);
    }

    static void assertError(HttpResponse<String> response, int status, String... messageParts) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(json(response).propertyNames()).containsExactly("error");
        assertThat(json(response).get("error").asString()).contains(messageParts);
    }
}
