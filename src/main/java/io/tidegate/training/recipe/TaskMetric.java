package io.tidegate.training.recipe;

import io.tidegate.core.train.Score;
import java.util.function.ToDoubleFunction;

/**
 * What a task is judged by.
 *
 * @param trivial what one gets without learning anything, such as 0.1 for ten even classes
 * @param of the metric of a score
 */
public record TaskMetric(String name, boolean higherIsBetter, double trivial, ToDoubleFunction<Score> of) {

    public static TaskMetric accuracy(double trivial) {
        return new TaskMetric("accuracy", true, trivial, Score::accuracy);
    }

    /** Cross-entropy per target, in nats. */
    public static TaskMetric crossEntropy(double trivial) {
        return new TaskMetric("crossEntropy", false, trivial, Score::loss);
    }

    public static TaskMetric bitsPerCharacter(double trivial) {
        return new TaskMetric("bitsPerCharacter", false, trivial, score -> score.loss() / Math.log(2));
    }

    public static TaskMetric meanSquaredError(double trivial) {
        return new TaskMetric("mse", false, trivial, Score::loss);
    }

    public boolean better(double a, double b) {
        return higherIsBetter ? a > b : a < b;
    }
}
