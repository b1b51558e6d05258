package io.tidegate.datasets;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Smallest, largest and mean of each column of numbers that stream by. */
final class RunningRange {

    private final float[] min;
    private final float[] max;
    private final double[] sum;
    private long rows;

    RunningRange(int width) {
        this.min = new float[width];
        this.max = new float[width];
        this.sum = new double[width];
        Arrays.fill(min, Float.POSITIVE_INFINITY);
        Arrays.fill(max, Float.NEGATIVE_INFINITY);
    }

    int width() {
        return sum.length;
    }

    /** @param values [rows, width] */
    void add(float[] values, int rows) {
        for (int row = 0, at = 0; row < rows; row++) {
            for (int k = 0; k < sum.length; k++, at++) {
                float value = values[at];
                min[k] = Math.min(min[k], value);
                max[k] = Math.max(max[k], value);
                sum[k] += value;
            }
        }
        this.rows += rows;
    }

    List<DatasetSummary.Range> ranges() {
        List<DatasetSummary.Range> ranges = new ArrayList<>();
        for (int k = 0; k < sum.length; k++) {
            ranges.add(new DatasetSummary.Range(min[k], sum[k] / (double) rows, max[k]));
        }
        return ranges;
    }
}
