package io.tidegate.core.caption;

import io.tidegate.core.train.Score;

/** Cross-entropy of one token's logits, in double and safe from overflow. */
final class CrossEntropy {

    private CrossEntropy() {}

    /** −log p of the target, and whether it had the largest logit, the first of equals. */
    static Score score(double[] logits, int target) {
        int best = 0;
        for (int k = 1; k < logits.length; k++) {
            best = logits[k] > logits[best] ? k : best;
        }
        return new Score(logSumExp(logits) - logits[target], best == target ? 1 : 0, 1);
    }

    /** ∂L/∂logits, softmax less the target's one-hot, times {@code scale}. */
    static double[] gradient(double[] logits, int target, double scale) {
        double logSum = logSumExp(logits);
        double[] gradient = new double[logits.length];
        for (int k = 0; k < logits.length; k++) {
            gradient[k] = scale * (Math.exp(logits[k] - logSum) - (k == target ? 1 : 0));
        }
        return gradient;
    }

    /** log Σ exp(logits). */
    static double logSumExp(double[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (double logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (double logit : logits) {
            sum += Math.exp(logit - max);
        }
        return max + Math.log(sum);
    }
}
