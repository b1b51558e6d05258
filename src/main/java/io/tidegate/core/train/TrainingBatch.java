package io.tidegate.core.train;

import io.tidegate.core.engine.Batch;

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
}
