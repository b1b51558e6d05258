package io.tidegate.core.train;

/** How a gate's activations, all from 0 to 1, are distributed. */
public final class GateTally {

    /** Bins of the histogram, each 0.05 wide. */
    public static final int BINS = 20;

    private final long[] histogram = new long[BINS];
    private long count;
    private long closed;
    private long open;

    public void add(double[] activations) {
        for (double a : activations) {
            histogram[(int) Math.min(a * BINS, BINS - 1.0)]++;
            closed += a < 0.1 ? 1 : 0;
            open += a > 0.9 ? 1 : 0;
        }
        count += activations.length;
    }

    /** Share below 0.1. */
    public double closed() {
        return count == 0 ? 0 : (double) closed / count;
    }

    /** Share above 0.9. */
    public double open() {
        return count == 0 ? 0 : (double) open / count;
    }

    /** Activations in each bin, [{@link #BINS}]. */
    public long[] histogram() {
        return histogram.clone();
    }
}
