package io.tidegate.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ModelDescriptorTest {

    private static final String DIGITS = """
            {
              "format" : "tidegate/1",
              "name" : "digits-wm",
              "task" : "classification",
              "input" : {
                "kind" : "features",
                "size" : 1,
                "scale" : {
                  "offset" : 0,
                  "factor" : 0.0625
                }
              },
              "layers" : [ {
                "cell" : "wm",
                "hiddenSize" : 64,
                "bidirectional" : false
              } ],
              "output" : {
                "labels" : [ "0", "1", "\\n/é🌊" ]
              },
              "weights" : {
                "sha256" : "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "recurrentPrefix" : "lstm.",
                "headPrefix" : "fc."
              },
              "training" : {
                "recipe" : "classify",
                "parameters" : {
                  "learningRate" : 0.0010,
                  "hiddenSize" : 64
                },
                "seed" : 7,
                "data" : "sha256:00",
                "job" : "j-1",
                "code" : "1.0.0+abc123",
                "metrics" : {
                  "test.accuracy" : 0.97,
                  "test.loss" : "NaN",
                  "huge" : 1E+999
                },
                "anything" : [ null, { } ]
              }
            }
            """;

    static List<ModelJson> models() {
        return List.of(ModelJson.classifier(), ModelJson.regressor(), ModelJson.languageModel());
    }

    @Test
    void everyFieldIsRead() {
        ModelDescriptor model = ModelDescriptor.read(DIGITS.getBytes(StandardCharsets.UTF_8));
        assertThat(model.name()).isEqualTo("digits-wm");
        assertThat(model.task()).isEqualTo(Task.CLASSIFICATION).hasToString("classification");
        assertThat(model.input()).isEqualTo(new ModelInput.Features(1, new Scale(0, 0.0625)));
        assertThat(model.layers()).containsExactly(new LayerConfig(CellType.WM, 64, false));
        assertThat(model.output()).isEqualTo(new ModelOutput.Labels(List.of("0", "1", "\n/é🌊")));
        assertThat(model.weights()).isEqualTo(new WeightsFile(ModelJson.SHA256, "lstm.", "fc."));

        Provenance training = model.training();
        assertThat(training.recipe()).isEqualTo("classify");
        assertThat(training.parameters().get("hiddenSize").asInt()).isEqualTo(64);
        assertThat(training.seed()).isEqualTo(7);
        assertThat(training.data()).isEqualTo("sha256:00");
        assertThat(training.job()).isEqualTo("j-1");
        assertThat(training.code()).isEqualTo("1.0.0+abc123");
        assertThat(training.metrics()).containsExactly(Map.entry("test.accuracy", 0.97));
    }

    @Test
    void whatIsReadIsWrittenAsItWas() {
        ModelDescriptor model = ModelDescriptor.read(DIGITS.getBytes(StandardCharsets.UTF_8));
        assertThat(new String(model.toJson(), StandardCharsets.UTF_8)).isEqualTo(DIGITS);
    }

    @ParameterizedTest
    @MethodSource("models")
    void whatIsWrittenIsReadBackAsItWas(ModelJson json) {
        ModelDescriptor model = json.read();
        assertThat(ModelDescriptor.read(model.toJson())).isEqualTo(model);
    }

    @Test
    void whatIsOptionalMayBeAbsent() {
        ModelDescriptor model = ModelJson.classifier()
                .with("/layers", "[{'cell': 'lstm', 'hiddenSize': 1}]")
                .read();
        assertThat(model.input()).isEqualTo(new ModelInput.Features(2, Scale.NONE));
        assertThat(model.layers().getFirst().bidirectional()).isFalse();
        assertThat(model.weights()).isEqualTo(new WeightsFile(ModelJson.SHA256));
        Provenance training = model.training();
        assertThat(training).isEqualTo(Provenance.NONE);
        assertThat(training.recipe()).isNull();
        assertThat(training.seed()).isNull();
        assertThat(training.parameters()).isEmpty();
        assertThat(training.metrics()).isEmpty();
    }

    @Test
    void aScaleIsOneLineOrOnePerFeature() {
        ModelDescriptor model = ModelJson.regressor().read();
        Scale input = ((ModelInput.Features) model.input()).scale();
        assertThat(input).isEqualTo(new Scale(List.of(1.0, 2.0), List.of(0.5)));
        assertThat(input.toNetwork(5, 0)).isEqualTo((5 - 1) * 0.5);
        assertThat(input.toNetwork(5, 1)).isEqualTo((5 - 2) * 0.5);
        assertThat(input.fromNetwork(1.5, 1)).isEqualTo(1.5 / 0.5 + 2);
        assertThat(model.output()).isEqualTo(new ModelOutput.Values(3, new Scale(4, 1)));
    }

    @Test
    void aVocabularyIsCountedInCodePoints() {
        ModelDescriptor model = ModelJson.languageModel().read();
        assertThat(((ModelInput.Characters) model.input()).size()).isEqualTo(3);
        assertThat(model.outputs()).isEqualTo(3);
        assertThat(model.task()).isEqualTo(Task.LANGUAGE_MODEL);
    }

    @Test
    void theNetworkTakesItsEmbeddingFromTheWeights() {
        List<LayerConfig> layers = List.of(new LayerConfig(CellType.WM, 64, false));
        ModelDescriptor model = ModelJson.languageModel().read();
        assertThat(model.networkConfig(0)).isEqualTo(new NetworkConfig(new InputConfig.Tokens(3, 0), layers, 3));
        assertThat(model.networkConfig(5)).isEqualTo(new NetworkConfig(new InputConfig.Tokens(3, 5), layers, 3));
        assertThat(ModelJson.regressor().read().networkConfig(0))
                .isEqualTo(new NetworkConfig(new InputConfig.Features(2), layers, 3));
    }

    @Test
    void provenanceIsACopyOfWhateverJsonCanBeMadeOf() {
        Map<String, Object> made = new LinkedHashMap<>();
        made.put("seed", 7L);
        made.put("metrics", Map.of("loss", 0.1f, "nan", Double.NaN));
        Provenance training = Provenance.of(made);
        training.json().put("seed", 8);
        training.parameters().put("x", 1);
        assertThat(training.seed()).isEqualTo(7);
        assertThat(training.metrics()).containsExactly(Map.entry("loss", 0.1));

        ModelDescriptor model = ModelJson.classifier().read();
        ModelDescriptor trained = new ModelDescriptor(
                model.name(), model.input(), model.layers(), model.output(), model.weights(), training);
        assertThat(ModelDescriptor.read(trained.toJson())).isEqualTo(trained);
    }

    @Test
    void provenanceOfAnotherFormGivesNothingAndIsKept() {
        String odd = "{'recipe': 1, 'seed': 1.5, 'data': {}, 'parameters': [], 'metrics': 'good'}";
        Provenance training =
                ModelJson.classifier().with("/training", odd).read().training();
        assertThat(training.recipe()).isNull();
        assertThat(training.seed()).isNull();
        assertThat(training.data()).isNull();
        assertThat(training.parameters()).isEmpty();
        assertThat(training.metrics()).isEmpty();
        assertThat(training.json().size()).isEqualTo(5);
    }

    @Test
    void aStreamIsReadLikeBytesAndNoFurtherThanTheLimit() throws IOException {
        byte[] json = ModelJson.classifier().bytes();
        assertThat(ModelDescriptor.read(new ByteArrayInputStream(json))).isEqualTo(ModelDescriptor.read(json));
        ByteArrayInputStream endless = new ByteArrayInputStream(new byte[ModelDescriptor.MAX_BYTES + 1000]);
        assertThatThrownBy(() -> ModelDescriptor.read(endless))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("expected at most 16777216 bytes");
        assertThat(endless.available()).isEqualTo(999);
    }

    @Test
    void withoutADigestThereIsNothingToWrite() {
        ModelDescriptor read = ModelJson.classifier().read();
        ModelDescriptor model =
                new ModelDescriptor("m", read.input(), read.layers(), read.output(), null, Provenance.NONE);
        assertThatThrownBy(model::toJson)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("expected the weights' SHA-256");
    }

    @Test
    void theLargestSizesAreAccepted() {
        String labels = IntStream.range(0, 100_000).mapToObj(k -> "'" + k + "'").toList() + "";
        ModelDescriptor model = ModelJson.classifier()
                .with("/name", "'" + "a".repeat(63) + "'")
                .with("/input/size", "65536")
                .with("/layers", "[{'cell': 'lstm', 'hiddenSize': 1}]")
                .with("/output/labels", labels)
                .read();
        assertThat(model.outputs()).isEqualTo(100_000);
        assertThat(ModelJson.classifier()
                        .with("/layers", "[{'cell': 'lstm', 'hiddenSize': 16384}]")
                        .read()
                        .layers())
                .hasSize(1);
    }
}
