package io.tidegate.oip;

import java.util.List;

/** A tensor's elements, row-major. */
sealed interface TensorData {

    /** How many were sent; where that is more than the shape has, only those that it has are kept. */
    long count();

    /** The sizes of the arrays they came in, outermost first: one for flat data. */
    List<Long> nesting();

    /** @param values at least {@code count} long, unless there were too many */
    record Numbers(double[] values, long count, List<Long> nesting) implements TensorData {}

    record Texts(List<String> values, long count, List<Long> nesting) implements TensorData {}
}
