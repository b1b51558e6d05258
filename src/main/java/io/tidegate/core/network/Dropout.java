package io.tidegate.core.network;

/**
 * Inverted dropout on each layer's output, in training only (Zaremba, Sutskever, Vinyals 2014): what the next layer or the
 * head reads is scaled by a factor of 0 or 1 / (1 − rate), drawn for each step and unit. The recurrent path, and with it the
 * carried states, is left alone.
 *
 * <p>A factor is a function of (key, layer, row, unit) and of nothing that was drawn before, so it depends neither on the
 * order in which a batch is worked through, nor on the threads, nor on the engine. A row is the index of a step among all
 * steps of its batch.
 *
 * @param rate share of the factors that are 0, from 0 up to but not including 1
 * @param key another one for each update; two batches under one key share their factors
 */
public record Dropout(double rate, long key) {

    public static final Dropout NONE = new Dropout(0, 0);

    private static final long GOLDEN = 0x9e3779b97f4a7c15L; // 2⁶⁴ / φ, SplitMix64's step

    public Dropout {
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException(
                    "dropout: expected a rate from 0 up to, but not including, 1, got " + rate);
        }
    }

    public boolean isNone() {
        return rate == 0;
    }

    /**
     * The factors of one layer at one step, [size].
     *
     * @param size H·directions of the layer
     */
    public double[] factors(int layer, int row, int size) {
        double[] factors = new double[size];
        double kept = 1 / (1 - rate);
        long threshold = (long) (rate * 0x1p53), at = mix(mix(mix(key) + layer) + row * GOLDEN);
        for (int j = 0; j < size; j++) {
            at += GOLDEN;
            factors[j] = mix(at) >>> 11 < threshold ? 0 : kept; // its upper 53 bits
        }
        return factors;
    }

    /**
     * Scales what one sequence gave in one layer, or the gradient there.
     *
     * @param row of the sequence's first step
     * @param values [steps][H·directions]
     * @return the scaled values; the given ones if nothing is dropped
     */
    double[][] scaled(int layer, int row, double[][] values) {
        if (isNone()) {
            return values;
        }
        double[][] scaled = new double[values.length][];
        for (int t = 0; t < values.length; t++) {
            scaled[t] = factors(layer, row + t, values[t].length);
            for (int j = 0; j < scaled[t].length; j++) {
                scaled[t][j] *= values[t][j];
            }
        }
        return scaled;
    }

    /** The finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
