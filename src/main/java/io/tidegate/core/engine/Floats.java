package io.tidegate.core.engine;

/** Between the floats that engines exchange and the doubles that the reference computes in. */
final class Floats {

    private Floats() {}

    static double[] doubles(float[] values, int from, int size) {
        double[] copy = new double[size];
        for (int k = 0; k < size; k++) {
            copy[k] = values[from + k];
        }
        return copy;
    }

    /** @return where the next values go */
    static int put(double[] values, float[] into, int at) {
        for (int k = 0; k < values.length; k++) {
            into[at + k] = (float) values[k];
        }
        return at + values.length;
    }
}
