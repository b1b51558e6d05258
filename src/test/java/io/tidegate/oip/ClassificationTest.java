package io.tidegate.oip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Provenance;
import io.tidegate.checkpoint.Scale;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.oip.InferResponse.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassificationTest {

    private static final ModelDescriptor CLASSIFIER =
            model(new ModelInput.Features(1, Scale.NONE), new ModelOutput.Labels(List.of("ebb", "flood", "slack")));

    private static ModelDescriptor model(ModelInput input, ModelOutput output) {
        return new ModelDescriptor(
                "m", input, List.of(new LayerConfig(CellType.LSTM, 2, false)), output, null, Provenance.NONE);
    }

    private static List<String> texts(Tensor tensor) {
        assertThat(tensor.datatype()).isEqualTo(Datatype.BYTES);
        return List.of((String[]) tensor.data());
    }

    @Test
    void theHighestOfEachRowComeFirst() {
        Tensor tensor = new Tensor("probabilities", new float[] {0.25f, 0.125f, 0.625f, 0.5f, 0.5f, 0}, 2, 3);
        Tensor two = Classification.of(tensor, 2, CLASSIFIER);
        assertThat(two.name()).isEqualTo("probabilities");
        assertThat(two.shape()).containsExactly(2, 2);
        assertThat(texts(two))
                .containsExactly("0.625000:2:slack", "0.250000:0:ebb", "0.500000:0:ebb", "0.500000:1:flood");
    }

    @Test
    void noMoreAreGivenThanThereAre() {
        Tensor all = Classification.of(new Tensor("probabilities", new float[] {0, 1, 0}, 1, 3), 100, CLASSIFIER);
        assertThat(all.shape()).containsExactly(1, 3);
        assertThat(texts(all)).containsExactly("1.000000:1:flood", "0.000000:0:ebb", "0.000000:2:slack");
    }

    @Test
    void charactersAreTheLabelsOfALanguageModel() {
        ModelDescriptor model = model(new ModelInput.Characters("a𝄞:"), new ModelOutput.NextCharacter());
        Tensor next = new Tensor("next_probabilities", new float[] {0.1f, 0.7f, 0.2f}, 1, 3);
        assertThat(texts(Classification.of(next, 2, model))).containsExactly("0.700000:1:𝄞", "0.200000:2::");
    }

    @Test
    void valuesHaveNoLabels() {
        Tensor values = new Tensor("values", new float[] {-1.5f, 1e30f, Float.NEGATIVE_INFINITY}, 1, 3);
        assertThat(texts(Classification.of(values, 3, CLASSIFIER)))
                .containsExactly("1000000015047466219876688855040.000000:1", "-1.500000:0", "-Infinity:2");
    }

    @Test
    void textsCantBeRanked() {
        Tensor label = new Tensor("label", Datatype.BYTES, List.of(1), new String[] {"ebb"});
        assertThatThrownBy(() -> Classification.of(label, 1, CLASSIFIER))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("output 'label'")
                .hasMessageContaining("got BYTES");
    }
}
