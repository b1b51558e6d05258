package io.tidegate.training.experiments;

import java.util.Arrays;
import java.util.List;
import org.apache.commons.statistics.distribution.TDistribution;
import org.jspecify.annotations.Nullable;

/**
 * A mean with Student's 95 % interval: mean ± t(0.975; n − 1) · s / √n.
 *
 * @param n how many values
 * @param mean null without a value
 * @param lower null with fewer than two values
 * @param upper null with fewer than two values
 */
public record MeanInterval(
        int n,
        @Nullable Double mean,
        @Nullable Double lower,
        @Nullable Double upper) {

    static MeanInterval of(List<Double> values) {
        double[] x = values.stream().mapToDouble(Double::doubleValue).toArray();
        int n = x.length;
        if (n == 0) {
            return new MeanInterval(0, null, null, null);
        }
        double mean = Arrays.stream(x).sum() / n;
        if (n == 1) {
            return new MeanInterval(1, mean, null, null);
        }
        double half = TDistribution.of(n - 1).inverseSurvivalProbability(0.025) * deviation(x, mean) / Math.sqrt(n);
        return new MeanInterval(n, mean, mean - half, mean + half);
    }

    /** Standard deviation with n − 1. */
    private static double deviation(double[] x, double mean) {
        double squares =
                Arrays.stream(x).map(value -> (value - mean) * (value - mean)).sum();
        return Math.sqrt(squares / (x.length - 1));
    }
}
