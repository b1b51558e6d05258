package io.tidegate.core.train;

import io.tidegate.core.engine.Objective;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import java.util.Set;

/** The mean loss of one batch against its targets: what is minimised. */
public final class Loss implements Objective {

    private final Targets targets;
    private final int outputs;
    private Score score = Score.NONE;

    /** @param outputs K, size of the head's output */
    public Loss(Targets targets, int outputs) {
        this.targets = targets;
        this.outputs = outputs;
    }

    @Override
    public Set<Output> reads() {
        return Set.of(targets.output());
    }

    @Override
    public Outputs gradient(Outputs out) {
        float[] predicted = predicted(out);
        float[] gradient = new float[predicted.length];
        score = score(predicted, gradient);
        return targets.output() == Output.LOGITS ? Outputs.ofLogits(gradient) : Outputs.ofStepLogits(gradient);
    }

    @Override
    public boolean wantsInputGradient() {
        return false;
    }

    /** The score of a batch that was only run forward. */
    public Score score(Outputs out) {
        float[] predicted = predicted(out);
        return score(predicted, new float[predicted.length]);
    }

    /** The score of the batch whose gradient was asked for last. */
    public Score score() {
        return score;
    }

    private float[] predicted(Outputs out) {
        return targets.output() == Output.LOGITS ? out.logits() : out.stepLogits();
    }

    private Score score(float[] predicted, float[] gradient) {
        return switch (targets) {
            case Targets.Labels(int[] labels) -> crossEntropy(predicted, labels, gradient);
            case Targets.StepLabels(int[] labels) -> crossEntropy(predicted, labels, gradient);
            case Targets.Values(float[] values) -> squaredError(predicted, values, gradient);
            case Targets.StepValues(float[] values) -> squaredError(predicted, values, gradient);
        };
    }

    /** −log softmax(logits)[label], and softmax(logits) − one-hot(label) for its gradient. */
    private Score crossEntropy(float[] logits, int[] labels, float[] gradient) {
        double sum = 0;
        long correct = 0;
        double[] p = new double[outputs];
        for (int row = 0; row < labels.length; row++) {
            int from = row * outputs;
            double logSum = Softmax.probabilities(logits, from, p);
            for (int k = 0; k < outputs; k++) {
                gradient[from + k] = (float) ((p[k] - (k == labels[row] ? 1 : 0)) / labels.length);
            }
            sum += logSum - logits[from + labels[row]];
            correct += Softmax.argMax(logits, from, outputs) == labels[row] ? 1 : 0;
        }
        return new Score(sum, correct, labels.length);
    }

    /** (y − target)², and 2 (y − target) for its gradient. */
    private static Score squaredError(float[] predicted, float[] values, float[] gradient) {
        double sum = 0;
        for (int k = 0; k < values.length; k++) {
            double error = predicted[k] - values[k];
            sum += error * error;
            gradient[k] = (float) (2 * error / values.length);
        }
        return new Score(sum, 0, values.length);
    }
}
