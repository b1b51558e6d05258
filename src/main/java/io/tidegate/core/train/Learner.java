package io.tidegate.core.train;

import io.tidegate.core.network.Weights;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What a {@link Trainer} improves: weights with the data they learn from and the data they are judged by. Belongs to one
 * trainer. The same weights, epoch, batch and carried state give the same lesson each time.
 */
public interface Learner extends AutoCloseable {

    /**
     * What one batch taught.
     *
     * @param gradient of the mean loss, in the weights' layout; the caller's to change
     * @param score of the batch before the update
     * @param steps how many steps it read
     */
    record Lesson(double[] gradient, Score score, long steps) {}

    /** Changed in place by the trainer, which then calls {@link #weightsChanged}. */
    Weights weights();

    void weightsChanged();

    int updatesPerEpoch();

    /** The gradient of a batch. Going on with the next one is cheap, going elsewhere may mean reading from the epoch's start. */
    Lesson learn(int epoch, int batch);

    /**
     * The score over the validation data.
     *
     * @param stop asked between batches
     * @return empty if it was stopped
     */
    Optional<Score> validate(BooleanSupplier stop);

    /** What the last lesson leaves for the next one, such as the recurrent states of streams; empty where there is nothing. */
    double[] carried();

    /** Takes up what {@link #carried} gave. */
    void carry(double[] carried);

    @Override
    void close();
}
