package io.tidegate.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tidegate.checkpoint.CheckpointException.Problem;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.ParameterLayout;
import io.tidegate.core.network.TensorSpec;
import io.tidegate.core.network.Weights;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two files that don't make a checkpoint. */
class CheckpointRefusalsTest {

    private static final ModelDescriptor WM = Models.classifier(Models.twoWay(CellType.WM, 4));

    private static StateDict wm() {
        return StateDict.of(StateDict.weights(WM.networkConfig(0), 1)).prefixed("lstm.");
    }

    @Test
    void aMismatchedDigestIsRefused(@TempDir Path directory) throws IOException {
        ModelDescriptor written = CheckpointWriter.write(directory, WM, StateDict.weights(WM.networkConfig(0), 1));
        Path file = directory.resolve(Checkpoint.WEIGHTS_FILE);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        String expected = written.weights() == null ? "" : written.weights().sha256();
        String got = Sha256.of(MemorySegment.ofArray(bytes));
        CheckpointException e = refusal(() -> CheckpointReader.read(directory));
        assertThat(e.problems())
                .containsExactly(new Problem(
                        "/weights/sha256",
                        "weights file: expected the SHA-256 " + expected + ", got " + got
                                + ": the two files don't belong together, or one is damaged"));
    }

    @Test
    void anAbsentFileIsRefusedWithoutTheServersPath(@TempDir Path directory) throws IOException {
        assertThat(refusal(() -> CheckpointReader.read(directory)))
                .hasMessageContaining("expected the file model.json, got none")
                .hasMessageNotContaining(directory.toString());
        Files.write(
                directory.resolve(Checkpoint.MODEL_FILE), ModelJson.classifier().bytes());
        assertThat(refusal(() -> CheckpointReader.read(directory)))
                .hasMessageContaining("/weights: expected the file weights.safetensors, got none")
                .hasMessageNotContaining(directory.toString());
    }

    @Test
    void aBrokenWeightsFileIsRefusedWhereverItComesFrom(@TempDir Path directory) throws IOException {
        byte[] file = RawSafetensors.file("{}", 1);
        byte[] json = ModelJson.classifier()
                .with("/weights/sha256", "'" + Sha256.of(MemorySegment.ofArray(file)) + "'")
                .bytes();
        Path path = Files.write(directory.resolve("upload.tmp"), file);
        List<Problem> problems = List.of(new Problem(
                "/weights",
                "weights file: data: expected every byte to belong to a tensor, got none for bytes 0 to 1"));
        assertThat(refusal(() -> CheckpointReader.read(json, file)).problems()).isEqualTo(problems);
        assertThat(refusal(() -> CheckpointReader.read(json, path)).problems()).isEqualTo(problems);

        Path empty = Files.createFile(directory.resolve("empty.tmp"));
        assertThat(refusal(() -> Safetensors.read(empty))).hasMessageContaining("expected at least 8 bytes");
    }

    @ParameterizedTest
    @CsvSource({
        "lstm.weight_ih_l0, '[16, 3]'",
        "lstm.weight_hh_l0_reverse, '[16, 4]'",
        "lstm.bias_l0, '[16]'",
        "lstm.weight_ch_l0, '[12, 4]'",
        "head.weight, '[2, 8]'",
        "head.bias, '[2]'"
    })
    void aMissingTensorIsRefused(String name, String shape) {
        refuses(wm().without(name), WM, "tensor '" + name + "': expected shape " + shape + ", got no such tensor");
    }

    @Test
    void aMissingPeepholeIsRefused() {
        ModelDescriptor model = Models.classifier(Models.layer(CellType.PEEPHOLE, 4));
        StateDict dict = StateDict.of(StateDict.weights(model.networkConfig(0), 1));
        refuses(dict.without("peephole_l0"), model, "tensor 'peephole_l0': expected shape [12], got no such tensor");
    }

    @Test
    void halfAPairOfBiasesIsRefused() {
        ModelDescriptor model = Models.classifier(Models.layer(CellType.LSTM, 4));
        StateDict dict =
                StateDict.of(StateDict.weights(model.networkConfig(0), 1)).withBiasPairs();
        refuses(dict.without("bias_hh_l0"), model, "tensor 'bias_hh_l0': expected shape [16], got no such tensor");
    }

    @Test
    void aPairOfBiasesBesideTheirSumIsRefused() {
        refuses(
                wm().with("lstm.bias_ih_l0", 16).with("lstm.bias_hh_l0", 16),
                WM,
                "expected 'lstm.bias_l0' or the pair that sums to it, got both",
                "tensor 'lstm.bias_l0': expected none of this name beside the layers of model.json, got [16]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lstm.weight_ih_l1",
                "lstm.weight_hr_l0",
                "lstm.peephole_l0",
                "lstm.bias_l00",
                "optimizer.step",
                "head.scale",
                "embedding.weight"
            })
    void anExtraTensorIsRefused(String name) {
        CheckpointException e = refuses(wm().with(name, 5, 5), WM, "tensor '" + name + "': expected no");
        assertThat(e.problems().getFirst().message()).endsWith(", got [5, 5]");
    }

    @Test
    void theTensorsOfASecondLayerAreRefusedWhereTheModelHasOne() {
        ModelDescriptor two = Models.classifier(Models.layer(CellType.LSTM, 4), Models.layer(CellType.LSTM, 4));
        ModelDescriptor one = Models.classifier(Models.layer(CellType.LSTM, 4));
        StateDict dict = StateDict.of(StateDict.weights(two.networkConfig(0), 1));
        refuses(
                dict,
                one,
                "'bias_l1': expected none",
                "'weight_hh_l1': expected none",
                "'weight_ih_l1': expected none");
        ModelDescriptor twoWay = Models.classifier(Models.twoWay(CellType.LSTM, 4));
        CheckpointException e = refusal(
                () -> StateDict.of(StateDict.weights(one.networkConfig(0), 1)).read(twoWay));
        assertThat(e.problems()).hasSize(4); // three for the way back, and the head's width
    }

    @ParameterizedTest
    @CsvSource({"lstm.weight_ih_l0, '[16, 3]'", "lstm.weight_ch_l0, '[12, 4]'", "head.weight, '[2, 8]'"})
    void aMisshapenTensorIsRefused(String name, String expected) {
        refuses(wm().with(name, 16, 5), WM, "tensor '" + name + "': expected shape " + expected + ", got [16, 5]");
        refuses(wm().with(name), WM, "tensor '" + name + "': expected shape " + expected + ", got []");
    }

    @Test
    void aTransposedTensorIsRefused() {
        refuses(wm().with("lstm.weight_ih_l0", 3, 16), WM, "expected shape [16, 3], got [3, 16]");
    }

    @Test
    void aHeadThatFitsByNoNameIsRefused() {
        StateDict dict = wm().without("head.weight").without("head.bias");
        refuses(dict, WM, "expected one tensor of shape [2, 8] and one of [2] for the head, under any name, got none");
        refuses(
                dict.with("fc.weight", 2, 4).with("fc.bias", 2),
                WM,
                "expected one tensor of shape [2, 8] and one of [2] for the head, under any name, got 'fc.bias' [2],"
                        + " 'fc.weight' [2, 4]");
    }

    @Test
    void aNamedHeadThatIsNotThereIsRefused() {
        refuses(
                refusal(() -> wm().read(WM, "lstm.", "fc.")),
                "tensor 'fc.weight': expected shape [2, 8], got no such tensor",
                "tensor 'fc.bias': expected shape [2], got no such tensor",
                "tensor 'head.bias': expected no such tensor in this model, got [2]",
                "tensor 'head.weight': expected no such tensor in this model, got [2, 8]");
    }

    @Test
    void twoHeadsAreAmbiguousUntilOneIsNamed() {
        StateDict dict = wm().renamed("head.weight", "fc1.weight")
                .renamed("head.bias", "fc1.bias")
                .with("fc2.weight", 2, 8)
                .with("fc2.bias", 2);
        refuses(
                dict,
                WM,
                "for the head, under any name, got 'fc1.bias' [2], 'fc1.weight' [2, 8], 'fc2.bias' [2], 'fc2.weight' [2, 8]:"
                        + " say which by weights.headPrefix");
        refuses(refusal(() -> dict.read(WM, null, "fc1.")), "tensor 'fc2.bias': expected no", "tensor 'fc2.weight'");
    }

    @Test
    void anEmbeddingAndAHeadOfOneShapeAreAmbiguousWithoutNames() {
        ModelDescriptor model = Models.languageModel(6, Models.layer(CellType.LSTM, 5));
        StateDict dict = StateDict.of(StateDict.weights(model.networkConfig(5), 1))
                .renamed("head.weight", "w1")
                .renamed("head.bias", "b")
                .renamed("embedding.weight", "w2");
        refuses(dict, model, "got 'b' [6], 'w1' [6, 5], 'w2' [6, 5]: say which by weights.headPrefix");
    }

    @Test
    void aMissingOrMisshapenEmbeddingIsRefused() {
        ModelDescriptor model = Models.languageModel(6, Models.layer(CellType.LSTM, 5));
        StateDict dict =
                StateDict.of(StateDict.weights(model.networkConfig(3), 1)).without("embedding.weight");
        String expected =
                "expected one tensor of shape [6, 3] for the embedding, since the vocabulary has 6 characters and"
                        + " the first layer reads 3 numbers a step, got ";
        refuses(dict, model, expected + "none");
        refuses(dict.with("emb.weight", 7, 3), model, expected + "'emb.weight' [7, 3]");
        refuses(
                dict.with("emb2.weight", 6, 3).with("emb3.weight", 6, 3),
                model,
                expected + "'emb.weight' [7, 3], 'emb2");
        StateDict named = dict.without("emb.weight").without("emb2.weight").without("emb3.weight");
        refuses(
                named.with("embedding.weight", 7, 3),
                model,
                "tensor 'embedding.weight': expected shape [6, 3], got [7, 3]");
    }

    @Test
    void recurrentTensorsUnderTwoPrefixesAreRefused() {
        refuses(
                wm().with("decoder.weight_ih_l0", 16, 3),
                WM,
                "expected one prefix shared by all recurrent tensors, got 'decoder.' and 'lstm.'");
        refuses(
                refusal(() -> wm().with("decoder.weight_ih_l0", 16, 3).read(WM, "lstm.", null)),
                "tensor 'decoder.weight_ih_l0': expected none of this name");
    }

    @Test
    void anEmptyFileIsRefusedForAllThatItLacks() {
        StateDict empty = StateDict.of(StateDict.weights(WM.networkConfig(0), 1));
        for (TensorSpec spec : new ParameterLayout(WM.networkConfig(0)).tensors()) {
            empty.without(spec.name());
        }
        assertThat(refusal(() -> empty.read(WM)).problems()).hasSize(9);
    }

    @Test
    void aNumberOrASumThatF32CannotHoldIsRefused() {
        ModelDescriptor model = Models.classifier(Models.layer(CellType.LSTM, 1));
        Weights weights = Weights.zeros(model.networkConfig(0));
        StateDict large = StateDict.of(weights).set("bias_l0", 0, 0, 0, 1e39);
        refuses(
                refusal(() -> large.read(Dtype.F64, model, null, null)),
                "tensor 'bias_l0'",
                "that fit F32, got 1.0E39");
        StateDict sum = StateDict.of(weights)
                .without("bias_l0")
                .set("bias_ih_l0", 0, 0, 0, Float.MAX_VALUE)
                .set("bias_hh_l0", 0, 0, 0, Float.MAX_VALUE);
        refuses(sum, model, "tensor 'bias_ih_l0 + bias_hh_l0': expected numbers that fit F32, got 6.8");
    }

    @Test
    void aWideModelBesideAnAlmostEmptyFileIsRefusedBeforeAnythingIsAllocated() {
        ModelDescriptor wide = Models.classifier(Models.layer(CellType.WM, 16_384));
        refuses(wm(), wide, "tensor 'lstm.weight_hh_l0': expected shape [65536, 16384], got [16, 4]");
    }

    @Test
    void manyTensorsOfTheHeadsShapeAreRefusedInTime() {
        ModelDescriptor model = Models.model(
                new ModelInput.Features(1, Scale.NONE),
                new ModelOutput.Values(1, Scale.NONE),
                Models.layer(CellType.LSTM, 1));
        StateDict dict = StateDict.of(StateDict.weights(model.networkConfig(0), 1))
                .without("head.weight")
                .without("head.bias");
        for (int k = 0; k < 25_000; k++) {
            dict.with("w" + k, 1, 1).with("b" + k, 1);
        }
        refuses(dict, model, "and 49992 more: say which by weights.headPrefix");
    }

    private static void refuses(CheckpointException e, String... parts) {
        for (String part : parts) {
            assertThat(e.problems()).anySatisfy(problem -> {
                assertThat(problem.pointer()).isEqualTo("/weights");
                assertThat(problem.message()).startsWith("weights file: ").contains(part);
            });
        }
    }

    private static CheckpointException refuses(StateDict dict, ModelDescriptor model, String... parts) {
        CheckpointException e = refusal(() -> dict.read(model));
        refuses(e, parts);
        return e;
    }

    private static CheckpointException refusal(ThrowingCallable read) {
        CheckpointException e = catchThrowableOfType(CheckpointException.class, read);
        assertThat(e).as("refusal").isNotNull();
        return e;
    }
}
