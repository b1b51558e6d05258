package io.tidegate.core.train;

/** Hears how a training goes, on the trainer's thread, and may ask it to stop. */
public interface TrainingListener {

    /**
     * @param number updates done, this one included
     * @param steps how many steps its batch has
     * @param gradientNorm global norm before clipping
     */
    record Update(int epoch, long number, Score score, long steps, double gradientNorm, double learningRate) {}

    /**
     * @param updates done so far
     * @param training score over the epoch's updates, each taken before its update
     * @param validation score after the epoch
     * @param best whether these are the best weights so far
     */
    record Epoch(int epoch, long updates, Score training, Score validation, boolean best) {}

    /** Before the first update: the initial weights are validated. */
    default void began(Score validation) {}

    default void updated(Update update) {}

    default void epochFinished(Epoch epoch) {}

    /** Asked between updates, and between the batches of a validation. */
    default boolean shouldStop() {
        return false;
    }
}
