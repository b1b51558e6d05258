package io.tidegate.checkpoint;

import java.util.List;

/**
 * The line between the user's units and the network's: the network sees (x − offset) · factor, and an output's value is
 * y / factor + offset.
 *
 * @param offset one number for all features, or one for each
 * @param factor likewise; none is 0
 */
public record Scale(List<Double> offset, List<Double> factor) {

    /** The network's units are the user's. */
    public static final Scale NONE = new Scale(0, 1);

    public Scale {
        offset = List.copyOf(offset);
        factor = List.copyOf(factor);
        if (offset.isEmpty() || factor.isEmpty()) {
            throw new IllegalArgumentException("scale: expected at least one offset and one factor, got none");
        }
    }

    /** The same line for every feature. */
    public Scale(double offset, double factor) {
        this(List.of(offset), List.of(factor));
    }

    public double toNetwork(double x, int feature) {
        return (x - of(offset, feature)) * of(factor, feature);
    }

    public double fromNetwork(double y, int feature) {
        return y / of(factor, feature) + of(offset, feature);
    }

    private static double of(List<Double> numbers, int feature) {
        return numbers.get(numbers.size() == 1 ? 0 : feature);
    }
}
