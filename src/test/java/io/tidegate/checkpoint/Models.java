package io.tidegate.checkpoint;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.LayerConfig;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Descriptors of small models whose weights aren't written yet. */
final class Models {

    private Models() {}

    /** Features [3] → layers → 2 labels. */
    static ModelDescriptor classifier(LayerConfig... layers) {
        return model(new ModelInput.Features(3, Scale.NONE), new ModelOutput.Labels(List.of("no", "yes")), layers);
    }

    static ModelDescriptor languageModel(int vocabulary, LayerConfig... layers) {
        return model(characters(vocabulary), new ModelOutput.NextCharacter(), layers);
    }

    static ModelInput characters(int vocabulary) {
        int[] letters = IntStream.range('a', 'a' + vocabulary).toArray();
        return new ModelInput.Characters(new String(letters, 0, vocabulary));
    }

    static ModelDescriptor model(ModelInput input, ModelOutput output, LayerConfig... layers) {
        @Nullable WeightsFile none = null;
        return new ModelDescriptor("m", input, List.of(layers), output, none, Provenance.NONE);
    }

    static LayerConfig layer(CellType cell, int hiddenSize) {
        return new LayerConfig(cell, hiddenSize, false);
    }

    static LayerConfig twoWay(CellType cell, int hiddenSize) {
        return new LayerConfig(cell, hiddenSize, true);
    }
}
