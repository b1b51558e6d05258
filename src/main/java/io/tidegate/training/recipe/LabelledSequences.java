package io.tidegate.training.recipe;

import io.tidegate.checkpoint.Scale;
import io.tidegate.core.train.ShuffledSequences.Example;
import io.tidegate.core.train.ShuffledSequences.Target;
import io.tidegate.datasets.SequenceData;
import java.util.AbstractList;
import java.util.RandomAccess;
import java.util.function.UnaryOperator;

/** Some of a dataset's sequences with their classes, read from the disk each time they are asked for. */
final class LabelledSequences extends AbstractList<Example> implements RandomAccess {

    private final SequenceData data;
    private final int[] chosen;
    private final Scale scale;
    private final UnaryOperator<float[]> change;

    /** @param change applied to each sequence's scaled features, [steps, features] */
    LabelledSequences(SequenceData data, int[] chosen, Scale scale, UnaryOperator<float[]> change) {
        this.data = data;
        this.chosen = chosen;
        this.scale = scale;
        this.change = change;
    }

    @Override
    public Example get(int index) {
        int k = chosen[index];
        float[] features = Scaling.toNetwork(data.features(k), data.featureSize(), scale);
        return new Example(change.apply(features), new Target.Label(data.label(k)));
    }

    @Override
    public int size() {
        return chosen.length;
    }
}
