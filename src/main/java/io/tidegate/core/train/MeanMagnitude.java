package io.tidegate.core.train;

/** The mean of numbers' magnitudes, added as they come. */
public final class MeanMagnitude {

    private double sum;
    private long count;

    public void add(double[] values) {
        add(values, 0, values.length);
    }

    /** Adds values[from … to]. */
    public void add(double[] values, int from, int to) {
        for (int k = from; k < to; k++) {
            sum += Math.abs(values[k]);
        }
        count += to - from;
    }

    /** 0 of nothing. */
    public double value() {
        return count == 0 ? 0 : sum / count;
    }
}
