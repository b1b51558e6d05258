package io.tidegate.core.train;

/** Hears how a training goes, on the trainer's thread, and may ask it to stop. */
public interface TrainingListener {

    /**
     * @param number updates done, this one included
     * @param gradientNorm global norm before clipping
     */
    record Update(int epoch, long number, Score score, double gradientNorm, double learningRate) {}

    /**
     * @param training score over the epoch's updates, each taken before its update
     * @param validation score after the epoch
     * @param best whether these are the best weights so far
     */
    record Epoch(int epoch, Score training, Score validation, boolean best) {}

    default void updated(Update update) {}

    default void epochFinished(Epoch epoch) {}

    /** Asked between updates. */
    default boolean shouldStop() {
        return false;
    }
}
