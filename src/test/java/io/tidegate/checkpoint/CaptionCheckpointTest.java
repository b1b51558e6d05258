package io.tidegate.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.core.caption.DecoderType;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.Weights;
import io.tidegate.testkit.Uploads;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CaptionCheckpointTest {

    static Stream<Arguments> captioners() {
        return Stream.of(DecoderType.values())
                .flatMap(decoder -> Stream.of(CellType.values()).map(cell -> Arguments.of(decoder, cell)));
    }

    @ParameterizedTest
    @MethodSource("captioners")
    void aCaptionerIsReadAsItWasWritten(DecoderType decoder, CellType cell) {
        Uploads.CaptionModel model = Uploads.captioner("m", decoder, cell, 1);

        Checkpoint read =
                CheckpointReader.read(model.files().modelJson(), model.files().weights());

        assertThat(read.architecture()).isEqualTo(new Architecture.OfCaptioner(model.config()));
        assertThat(read.weights().values()).containsExactly(model.weights().values());
        assertThat(read.descriptor().task()).isEqualTo(Task.CAPTIONING);
        assertThat(read.descriptor().toJson()).isEqualTo(model.files().modelJson());
    }

    @Test
    void aTensorThatIsMissingMisshapedOrExtraIsRefused() {
        assertThatThrownBy(() -> dict().without("attention.score.weight").read(descriptor()))
                .hasMessageContaining("tensor 'attention.score.weight': expected shape [1, 6], got no such tensor");
        assertThatThrownBy(() -> dict().with("head.weight", 4, 5).read(descriptor()))
                .hasMessageContaining("tensor 'head.weight': expected shape [5, 5], got [4, 5]");
        assertThatThrownBy(() -> dict().with("image.weight", 4, 3).read(descriptor()))
                .hasMessageContaining("tensor 'image.weight': expected no such tensor in this model, got [4, 3]");
        assertThatThrownBy(() -> dict().read(descriptor(), "lstm.", null))
                .hasMessageContaining("expected no prefixes for a captioning model");
    }

    @Test
    void weightsOfAnotherCaptionerAreNotWritten() {
        Weights weights = Uploads.captioner("m", DecoderType.SHOW_AND_TELL, CellType.WM, 1)
                .weights();

        assertThatThrownBy(() -> CheckpointWriter.encode(descriptor(), weights))
                .hasMessageContaining("write: expected weights for the layers of model.json");
    }

    @Test
    void aCaptionerOfMoreParametersThanAnArrayHoldsIsRefused() {
        ModelDescriptor huge = new ModelDescriptor(
                "m",
                new ModelInput.ImageFeatures(60_000, Scale.NONE),
                List.of(new LayerConfig(CellType.LSTM, 16_000, false)),
                new ModelOutput.Captions(DecoderType.SHOW_AND_TELL, List.of("a"), 60_000, 0, 5),
                new WeightsFile("0".repeat(64)),
                Provenance.NONE);

        assertThatThrownBy(() -> ModelDescriptor.read(huge.toJson()))
                .hasMessageContaining("expected a network of at most");
    }

    private static StateDict dict() {
        return StateDict.of(
                Uploads.captioner("m", DecoderType.UP_DOWN, CellType.WM, 1).weights());
    }

    private static ModelDescriptor descriptor() {
        byte[] json = Uploads.captioner("m", DecoderType.UP_DOWN, CellType.WM, 1)
                .files()
                .modelJson();
        return ModelDescriptor.read(json);
    }
}
