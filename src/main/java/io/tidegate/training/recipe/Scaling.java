package io.tidegate.training.recipe;

import io.tidegate.checkpoint.Scale;
import java.util.ArrayList;
import java.util.List;

/** Means and deviations of features, learned one step after the other (Welford 1962), and the scale they make. */
final class Scaling {

    private final double[] mean;
    private final double[] squares; // Σ (x − mean)²
    private long count;

    Scaling(int size) {
        mean = new double[size];
        squares = new double[size];
    }

    /** @param values [steps, size] */
    void add(float[] values) {
        for (int at = 0; at < values.length; at += mean.length) {
            count++;
            for (int k = 0; k < mean.length; k++) {
                double from = values[at + k] - mean[k];
                mean[k] += from / (double) count;
                squares[k] += from * (values[at + k] - mean[k]);
            }
        }
    }

    /** To a mean of 0 and a deviation of 1; a feature that never changes is only moved. */
    Scale scale() {
        List<Double> offset = new ArrayList<>(), factor = new ArrayList<>();
        for (int k = 0; k < mean.length; k++) {
            double deviation = Math.sqrt(squares[k] / (double) count);
            offset.add(mean[k]);
            factor.add(deviation > 1e-12 * Math.max(1, Math.abs(mean[k])) ? 1 / deviation : 1.0);
        }
        return new Scale(offset, factor);
    }

    /** @param values [steps, size]; not changed */
    static float[] toNetwork(float[] values, int size, Scale scale) {
        float[] scaled = new float[values.length];
        for (int k = 0; k < values.length; k++) {
            scaled[k] = (float) scale.toNetwork(values[k], k % size);
        }
        return scaled;
    }
}
