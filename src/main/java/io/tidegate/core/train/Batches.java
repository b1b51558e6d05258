package io.tidegate.core.train;

/** An epoch's batches. The same epoch gives the same batches each time it is asked for: any point can be returned to. */
public interface Batches {

    /** Updates in an epoch. */
    int perEpoch();

    /** Goes through one epoch's batches in order. */
    Iterable<TrainingBatch> epoch(int epoch);
}
