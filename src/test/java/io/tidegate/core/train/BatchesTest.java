package io.tidegate.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.train.ShuffledSequences.Augmentation;
import io.tidegate.core.train.ShuffledSequences.Example;
import io.tidegate.core.train.ShuffledSequences.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchesTest {

    @Test
    void anEpochHoldsEveryExampleOnceInAnOrderOfItsOwn() {
        ShuffledSequences batches = sequences(Augmentation.NONE);
        assertThat(batches.perEpoch()).isEqualTo(3);
        assertThat(labels(batches, 0)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(labels(batches, 0)).isEqualTo(labels(batches, 0)).isNotEqualTo(labels(batches, 1));
    }

    @Test
    void lengthsMayDifferWithinABatchAndTargetsFollowTheirSequences() {
        for (TrainingBatch batch : sequences(Augmentation.NONE).epoch(3)) {
            int[] labels = ((Targets.Labels) batch.targets()).labels();
            float[] values = ((Batch.Input.Features) batch.batch().input()).values();
            for (int b = 0; b < labels.length; b++) {
                assertThat(batch.batch().length(b)).isEqualTo(labels[b] + 1);
                assertThat(values[batch.batch().offsets()[b]]).isEqualTo(labels[b]);
            }
        }
    }

    @Test
    void augmentationIsRandomButRepeats() {
        ShuffledSequences batches = sequences((features, random) -> new float[] {random.nextFloat()});
        assertThat(firstValues(batches, 0)).isEqualTo(firstValues(batches, 0)).isNotEqualTo(firstValues(batches, 1));
    }

    @Test
    void tokenWindowsAskForTheNextTokenAndGoOnWhereTheyEnded() {
        int[] tokens = IntStream.range(0, 103).toArray();
        TokenWindows windows = new TokenWindows(TokenSource.of(tokens), 2, 10, 0, 1);
        assertThat(windows.perEpoch()).isEqualTo(5);
        int[] expected = null;
        for (TrainingBatch batch : windows.epoch(0)) {
            int[] ids = ((Batch.Input.Tokens) batch.batch().input()).ids();
            int[] next = ((Targets.StepLabels) batch.targets()).labels();
            for (int k = 0; k < ids.length; k++) {
                assertThat(next[k]).isEqualTo(ids[k] + 1);
            }
            if (expected != null) {
                assertThat(new int[] {ids[0], ids[10]}).isEqualTo(expected);
            }
            assertThat(batch.continues()).containsOnly(expected != null);
            expected = new int[] {ids[9] + 1, ids[19] + 1};
        }
    }

    @Test
    void aFreshStartBeginsAnywhereWithTheZeroState() {
        TokenWindows windows = new TokenWindows(TokenSource.of(new int[2000]), 2, 10, 0.5, 1);
        List<Boolean> continued = new ArrayList<>();
        windows.epoch(0).forEach(batch -> continued.add(batch.continues()[0]));
        assertThat(continued.stream().filter(c -> c).count()).isBetween(30L, 70L);
    }

    @Test
    void tooShortATextIsRefused() {
        assertThatThrownBy(() -> new TokenWindows(TokenSource.of(new int[10]), 2, 10, 0, 1))
                .hasMessageContaining("at least 22 tokens");
    }

    /** Ten sequences; the k-th has k + 1 steps, begins with k and is labelled k. */
    private static ShuffledSequences sequences(Augmentation augmentation) {
        List<Example> examples = IntStream.range(0, 10)
                .mapToObj(k -> {
                    float[] features = new float[k + 1];
                    features[0] = k;
                    return new Example(features, new Target.Label(k));
                })
                .toList();
        return new ShuffledSequences(examples, 1, 4, 5, augmentation);
    }

    private static List<Integer> labels(Batches batches, int epoch) {
        List<Integer> labels = new ArrayList<>();
        for (TrainingBatch batch : batches.epoch(epoch)) {
            for (int label : ((Targets.Labels) batch.targets()).labels()) {
                labels.add(label);
            }
        }
        return labels;
    }

    private static List<Float> firstValues(Batches batches, int epoch) {
        List<Float> values = new ArrayList<>();
        batches.epoch(epoch)
                .forEach(batch ->
                        values.add(((Batch.Input.Features) batch.batch().input()).values()[0]));
        return values;
    }
}
