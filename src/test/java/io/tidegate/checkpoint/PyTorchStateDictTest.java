package io.tidegate.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.Network;
import io.tidegate.core.network.SequenceInput;
import io.tidegate.core.network.Weights;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The {@code state_dict} of an {@code nn.LSTM} with its {@code nn.Linear} is a checkpoint as it stands. */
class PyTorchStateDictTest {

    private static final ModelDescriptor CLASSIFIER =
            Models.classifier(Models.twoWay(CellType.LSTM, 4), Models.twoWay(CellType.LSTM, 4));
    private static final Weights WEIGHTS = StateDict.weights(CLASSIFIER.networkConfig(0), 1);

    @Test
    void aFileOfPyTorchsNamesGivesPyTorchsOutputs() throws IOException {
        JsonNode fixture = Fixtures.json("pytorch-lstm.json");
        byte[] modelJson = fixture.get("model").toString().getBytes(StandardCharsets.UTF_8);
        Checkpoint read = CheckpointReader.read(modelJson, Fixtures.bytes("pytorch-lstm.safetensors"));

        Network network = new Network(read.config(), read.weights());
        for (int b = 0; b < fixture.get("sequences").size(); b++) {
            double[][] x = fixture.get("sequences").get(b).values().stream()
                    .map(PyTorchStateDictTest::doubles)
                    .toArray(double[][]::new);
            double[][] top = network.forward(new SequenceInput.Features(x), network.zeroStates(), false)
                    .top();
            double[] logits = network.logits(Network.summary(read.config(), top));
            assertThat(logits).containsExactly(doubles(fixture.get("logits").get(b)), within(1e-12));
        }
    }

    private static double[] doubles(JsonNode array) {
        return array.values().stream().mapToDouble(JsonNode::asDouble).toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "lstm.", "rnn.", "encoder.lstm.", "module.weight_l.", "_"})
    void aPrefixSharedByAllRecurrentTensorsIsFound(String prefix) {
        Checkpoint read = StateDict.of(WEIGHTS).withBiasPairs().prefixed(prefix).read(CLASSIFIER);
        assertThat(read.weights().values()).containsExactly(WEIGHTS.values());
    }

    @ParameterizedTest
    @CsvSource({"fc.weight, fc.bias", "decoder.out.weight, decoder.out.bias", "W, b", "b, W", "bias, weight"})
    void aHeadOfAnyNameIsFoundByItsShapes(String weight, String bias) {
        Checkpoint read = StateDict.of(WEIGHTS)
                .prefixed("lstm.")
                .renamed("head.weight", weight)
                .renamed("head.bias", bias)
                .read(CLASSIFIER);
        assertThat(read.weights().values()).containsExactly(WEIGHTS.values());
    }

    @Test
    void prefixesMayBeNamed() {
        Checkpoint read = StateDict.of(WEIGHTS)
                .prefixed("a.b.")
                .renamed("head.weight", "classifier.weight")
                .renamed("head.bias", "classifier.bias")
                .read(CLASSIFIER, "a.b.", "classifier.");
        assertThat(read.weights().values()).containsExactly(WEIGHTS.values());
    }

    @Test
    void aBiasIsTheSumOfPyTorchsPair() {
        ModelDescriptor model = Models.classifier(Models.layer(CellType.LSTM, 1));
        StateDict dict = StateDict.of(Weights.zeros(model.networkConfig(0)))
                .without("bias_l0")
                .set("bias_ih_l0", 0.1f, 0.2f, 0.3f, 0.4f)
                .set("bias_hh_l0", 1, 2, 3, -0.4f);
        assertThat(dict.read(model).weights().tensor("bias_l0"))
                .containsExactly(1 + (double) 0.1f, 2 + (double) 0.2f, 3 + (double) 0.3f, 0);
    }

    @ParameterizedTest
    @CsvSource({"embedding.weight", "embed.weight", "encoder.weight", "E", "zz"})
    void anEmbeddingOfAnyNameIsFoundByItsShape(String name) {
        ModelDescriptor model = Models.languageModel(6, Models.layer(CellType.WM, 5));
        Weights weights = StateDict.weights(model.networkConfig(3), 2);
        Checkpoint read = StateDict.of(weights)
                .prefixed("rnn.")
                .renamed("embedding.weight", "e")
                .renamed("head.weight", "decoder.weight")
                .renamed("head.bias", "decoder.bias")
                .renamed("e", name)
                .read(model);
        assertThat(read.config()).isEqualTo(model.networkConfig(3));
        assertThat(read.weights().values()).containsExactly(weights.values());
    }

    /** PyTorch's word-language-model example: encoder and decoder may both be [vocabulary, H]. */
    @ParameterizedTest
    @CsvSource({"encoder.weight, decoder", "embedding.weight, w", "a.weight, b", "b.weight, a"})
    void anEmbeddingOfTheHeadsShapeIsToldByTheBiass(String embedding, String head) {
        ModelDescriptor model = Models.languageModel(6, Models.layer(CellType.LSTM, 5));
        Weights weights = StateDict.weights(model.networkConfig(5), 3);
        Checkpoint read = StateDict.of(weights)
                .withBiasPairs()
                .prefixed("rnn.")
                .renamed("embedding.weight", "e")
                .renamed("head.weight", head + ".weight")
                .renamed("head.bias", head + ".bias")
                .renamed("e", embedding)
                .read(model);
        assertThat(read.weights().values()).containsExactly(weights.values());
    }

    @Test
    void anEmbeddingAsWideAsTheVocabularyIsNotTakenForOneHotTokens() {
        ModelDescriptor model = Models.languageModel(6, Models.layer(CellType.LSTM, 5));
        for (int embeddingSize : new int[] {0, 6}) {
            Weights weights = StateDict.weights(model.networkConfig(embeddingSize), 4);
            Checkpoint read = StateDict.of(weights)
                    .renamed("head.weight", "fc.weight")
                    .renamed("head.bias", "fc.bias")
                    .read(model);
            assertThat(read.config()).isEqualTo(model.networkConfig(embeddingSize));
            assertThat(read.weights().values()).containsExactly(weights.values());
        }
    }
}
