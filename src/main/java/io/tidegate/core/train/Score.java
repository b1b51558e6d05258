package io.tidegate.core.train;

/**
 * A loss, summed over what it was taken of.
 *
 * @param lossSum cross-entropy in nats, or squared error, over all targets
 * @param correct labels that had the largest logit; 0 for values
 * @param targets labels, or single values
 */
public record Score(double lossSum, long correct, long targets) {

    public static final Score NONE = new Score(0, 0, 0);

    public Score plus(Score other) {
        return new Score(lossSum + other.lossSum, correct + other.correct, targets + other.targets);
    }

    /** Mean loss per target. */
    public double loss() {
        return lossSum / targets;
    }

    /** Share of labels that had the largest logit. */
    public double accuracy() {
        return (double) correct / targets;
    }
}
