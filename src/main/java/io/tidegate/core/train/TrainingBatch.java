package io.tidegate.core.train;

import io.tidegate.core.engine.Batch;
import java.util.Arrays;

/**
 * What one update learns from.
 *
 * @param continues for each sequence, whether it goes on where the same row of the batch before ended, with the state carried
 *     over; false begins with the zero state. [sequences]
 */
public record TrainingBatch(Batch batch, Targets targets, boolean[] continues) {

    /** A batch of sequences that each begin anew. */
    public TrainingBatch(Batch batch, Targets targets) {
        this(batch, targets, new boolean[batch.sequences()]);
    }

    /** Its first sequences, at most so many, each from the zero state. */
    public TrainingBatch first(int sequences) {
        int count = Math.min(sequences, batch.sequences()), steps = batch.offsets()[count];
        Targets first = switch (targets) {
            case Targets.Labels(int[] labels) -> new Targets.Labels(Arrays.copyOf(labels, count));
            case Targets.StepLabels(int[] labels) -> new Targets.StepLabels(Arrays.copyOf(labels, steps));
            case Targets.Values(float[] values) ->
                new Targets.Values(Arrays.copyOf(values, values.length / batch.sequences() * count));
            case Targets.StepValues(float[] values) ->
                new Targets.StepValues(Arrays.copyOf(values, values.length / batch.totalSteps() * steps));
        };
        return new TrainingBatch(batch.part(0, count), first);
    }
}
