package io.tidegate.core.train;

/** Softmax and its logarithm over one row of logits, in double and safe from overflow. */
public final class Softmax {

    private Softmax() {}

    /** log Σ exp(logits[from … from + size]). */
    public static double logSumExp(float[] logits, int from, int size) {
        double max = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < size; k++) {
            max = Math.max(max, logits[from + k]);
        }
        double sum = 0;
        for (int k = 0; k < size; k++) {
            sum += Math.exp(logits[from + k] - max);
        }
        return max + Math.log(sum);
    }

    /** The probabilities of one row, [size]. */
    public static double[] probabilities(float[] logits, int from, int size) {
        double[] probabilities = new double[size];
        probabilities(logits, from, probabilities);
        return probabilities;
    }

    /**
     * The same into an array of the caller's.
     *
     * @return log Σ exp(logits[from … from + size])
     */
    static double probabilities(float[] logits, int from, double[] probabilities) {
        double max = logits[from + argMax(logits, from, probabilities.length)], sum = 0;
        for (int k = 0; k < probabilities.length; k++) {
            probabilities[k] = Math.exp(logits[from + k] - max);
            sum += probabilities[k];
        }
        for (int k = 0; k < probabilities.length; k++) {
            probabilities[k] /= sum;
        }
        return max + Math.log(sum);
    }

    /** The index of the largest of a row; the first of equals. */
    public static int argMax(float[] logits, int from, int size) {
        int best = 0;
        for (int k = 1; k < size; k++) {
            if (logits[from + k] > logits[from + best]) {
                best = k;
            }
        }
        return best;
    }
}
