package io.tidegate.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.Initialization;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.Network;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.SequenceInput;
import io.tidegate.core.network.Weights;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Written, read back, run again. */
class CheckpointRoundTripTest {

    /** A model and its embedding's size. */
    record Model(ModelDescriptor descriptor, int embeddingSize) {

        NetworkConfig config() {
            return descriptor.networkConfig(embeddingSize);
        }

        @Override
        public String toString() {
            return config().toString();
        }
    }

    /** Each cell, one- and two-way, over features, one-hot characters and embedded ones, with another layer on top or not. */
    static List<Model> models() {
        List<Model> models = new ArrayList<>();
        ModelOutput labels = new ModelOutput.Labels(List.of("no", "yes"));
        ModelOutput values = new ModelOutput.Values(3, new Scale(1, 2));
        for (CellType cell : CellType.values()) {
            LayerConfig top = Models.layer(CellType.WM, 3);
            for (LayerConfig layer : List.of(Models.layer(cell, 5), Models.twoWay(cell, 5))) {
                ModelInput features = new ModelInput.Features(3, Scale.NONE);
                models.add(new Model(Models.model(features, labels, layer), 0));
                models.add(new Model(Models.model(features, values, layer, top), 0));
                models.add(new Model(Models.model(Models.characters(4), labels, layer), 0));
                models.add(new Model(Models.model(Models.characters(4), values, layer, layer), 7));
            }
            models.add(new Model(Models.languageModel(6, Models.layer(cell, 5)), 0));
            models.add(new Model(Models.languageModel(6, Models.layer(cell, 5)), 6));
            models.add(new Model(Models.languageModel(6, Models.layer(cell, 5)), 5));
        }
        return models;
    }

    @ParameterizedTest
    @MethodSource("models")
    void aCheckpointIsReadBackAsItWasWrittenRoundedToF32(Model model, @TempDir Path directory) throws IOException {
        Weights weights = Initialization.STANDARD.weights(model.config(), new Random(1));
        ModelDescriptor written = CheckpointWriter.write(directory, model.descriptor(), weights);
        Checkpoint read = CheckpointReader.read(directory);

        assertThat(read.descriptor()).isEqualTo(written);
        assertThat(read.config()).isEqualTo(model.config());
        assertThat(read.weightsSha256()).isEqualTo(sha256(written));
        assertThat(read.weights().layout().tensors()).isEqualTo(weights.layout().tensors());
        assertThat(read.weights().values())
                .containsExactly(
                        Arrays.stream(weights.values()).map(v -> (float) v).toArray());
    }

    @ParameterizedTest
    @MethodSource("models")
    void weightsThatF32HoldsComputeTheSameBitsAfterwards(Model model) {
        Weights weights = StateDict.weights(model.config(), 2);
        CheckpointWriter.Encoded files = CheckpointWriter.encode(model.descriptor(), weights);
        Checkpoint read = CheckpointReader.read(files.modelJson(), files.weights());
        assertThat(logits(read.config(), read.weights())).containsExactly(logits(model.config(), weights));
    }

    @ParameterizedTest
    @MethodSource("models")
    void theFileDependsOnTheTensorsAlone(Model model, @TempDir Path first, @TempDir Path second) throws IOException {
        Weights weights = Initialization.STANDARD.weights(model.config(), new Random(3));
        Weights rounded = weights.copy();
        Arrays.setAll(rounded.values(), k -> (float) weights.values()[k]);
        ModelDescriptor other = new ModelDescriptor(
                "other",
                model.descriptor().input(),
                model.descriptor().layers(),
                model.descriptor().output(),
                new WeightsFile("f".repeat(64), "lstm.", "fc."),
                Provenance.of(Map.of("seed", 3)));

        ModelDescriptor a = CheckpointWriter.write(first, model.descriptor(), weights);
        ModelDescriptor b = CheckpointWriter.write(second, other, rounded);
        CheckpointWriter.Encoded files = CheckpointWriter.encode(model.descriptor(), weights);
        assertThat(a.weights()).isEqualTo(b.weights());
        assertThat(first.resolve(Checkpoint.WEIGHTS_FILE))
                .hasSameBinaryContentAs(second.resolve(Checkpoint.WEIGHTS_FILE));
        assertThat(first.resolve(Checkpoint.WEIGHTS_FILE)).hasBinaryContent(files.weights());
        assertThat(first.resolve(Checkpoint.MODEL_FILE)).hasBinaryContent(files.modelJson());
    }

    @Test
    void theDigestIsTheSameOnAnyDayAndMachine() throws IOException {
        ModelDescriptor model = Models.classifier(Models.layer(CellType.WM, 2));
        Weights weights = Weights.zeros(model.networkConfig(0));
        Arrays.setAll(weights.values(), k -> 1.0 / (k + 3));
        byte[] written = CheckpointWriter.encode(model, weights).modelJson();
        assertThat(sha256(ModelDescriptor.read(written)))
                .isEqualTo(Fixtures.json("digest.json").get("sha256").asString());
    }

    @Test
    void nothingIsOverwritten(@TempDir Path directory) throws IOException {
        ModelDescriptor model = Models.classifier(Models.layer(CellType.LSTM, 2));
        CheckpointWriter.write(directory, model, StateDict.weights(model.networkConfig(0), 1));
        byte[] before = Files.readAllBytes(directory.resolve(Checkpoint.WEIGHTS_FILE));
        assertThatThrownBy(() -> CheckpointWriter.write(directory, model, StateDict.weights(model.networkConfig(0), 2)))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(directory.resolve(Checkpoint.WEIGHTS_FILE)).hasBinaryContent(before);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, 1e39})
    void divergedWeightsAreRefusedAndLeaveNoFile(double value, @TempDir Path directory) throws IOException {
        ModelDescriptor model = Models.classifier(Models.layer(CellType.LSTM, 2));
        Weights weights = Weights.zeros(model.networkConfig(0));
        weights.values()[weights.values().length - 1] = value;
        assertThatThrownBy(() -> CheckpointWriter.write(directory, model, weights))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(
                        "tensor 'head.bias': expected finite numbers that fit F32, got " + value + " at [1]");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aDescriptorThatCouldNotBeReadIsNotWritten(@TempDir Path directory) {
        ModelDescriptor model = Models.languageModel(3, Models.twoWay(CellType.LSTM, 2));
        Weights weights = Weights.zeros(model.networkConfig(0));
        assertThatThrownBy(() -> CheckpointWriter.write(directory, model, weights))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("/layers/0/bidirectional");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void anotherNetworksWeightsAreNotWritten() {
        ModelDescriptor model = Models.classifier(Models.layer(CellType.LSTM, 2));
        Weights others = Weights.zeros(
                Models.classifier(Models.layer(CellType.PEEPHOLE, 2)).networkConfig(0));
        assertThatThrownBy(() -> CheckpointWriter.encode(model, others))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("expected weights for the layers of model.json");
    }

    private static String sha256(ModelDescriptor model) {
        return model.weights() == null ? "" : model.weights().sha256();
    }

    private static double[] logits(NetworkConfig config, Weights weights) {
        Network network = new Network(config, weights);
        SequenceInput x = switch (config.input()) {
            case InputConfig.Features(int size) ->
                new SequenceInput.Features(new Random(4)
                        .doubles(6, -1, 1)
                        .mapToObj(
                                v -> new Random((long) (1e6 * v)).doubles(size).toArray())
                        .toArray(double[][]::new));
            case InputConfig.Tokens(int vocabulary, int _) ->
                new SequenceInput.OneHot(new Random(4).ints(6, 0, vocabulary).toArray());
        };
        double[][] top = network.forward(x, network.zeroStates(), false).top();
        return network.logits(Network.summary(config, top));
    }
}
