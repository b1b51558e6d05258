package io.tidegate.core.optim;

import io.tidegate.core.optim.Optimizer.Moments;
import java.util.ArrayList;
import java.util.List;

/** The arrays behind an optimizer's {@link Moments}: made, all zero, by the first update. */
final class MomentArrays {

    private final String optimizer;
    private final int count;
    private List<double[]> arrays = List.of();
    private long updates;

    /** @param optimizer its name, for messages */
    MomentArrays(String optimizer, int count) {
        this.optimizer = optimizer;
        this.count = count;
    }

    /** Begins an update. @return its number, from 1 */
    long begin(int weights) {
        if (arrays.isEmpty()) {
            List<double[]> zeros = new ArrayList<>();
            for (int k = 0; k < count; k++) {
                zeros.add(new double[weights]);
            }
            arrays = zeros;
        }
        if (size() != weights) {
            throw new IllegalArgumentException(
                    optimizer + ": expected " + size() + " weights, as its moments have, got " + weights);
        }
        return ++updates;
    }

    double[] get(int index) {
        return arrays.get(index);
    }

    private int size() {
        return arrays.getFirst().length;
    }

    Moments copy() {
        return new Moments(updates, arrays.stream().map(double[]::clone).toList());
    }

    void restore(Moments moments) {
        List<double[]> given = moments.arrays();
        int expected = moments.updates() == 0 ? 0 : count;
        if (moments.updates() < 0 || given.size() != expected) {
            throw refused(expected + " arrays after " + moments.updates() + " updates", given.size() + "");
        }
        for (double[] array : given) {
            int size = arrays.isEmpty() ? given.getFirst().length : size();
            if (array.length != size) {
                throw refused("arrays of " + size + " values", "one of " + array.length);
            }
        }
        arrays = given.stream().map(double[]::clone).toList();
        updates = moments.updates();
    }

    private IllegalArgumentException refused(String expected, String got) {
        return new IllegalArgumentException(
                "restoring " + optimizer + "'s moments: expected " + expected + ", got " + got);
    }
}
