package io.tidegate.oip;

import java.util.List;

/** A tensor's elements, row-major. */
public sealed interface TensorData {

    /** How many were sent; where that is more than the shape has, only those that it has are kept. */
    long count();

    /** The sizes of the arrays they came in, outermost first: one for flat data. */
    List<Long> nesting();

    /**
     * Of FP16, BF16, FP32 and FP64.
     *
     * @param values at least {@code count} long, unless there were too many; infinite where FP32 can't hold what was sent
     */
    record Floats(float[] values, long count, List<Long> nesting) implements TensorData {
        public Floats(float[] values) {
            this(values, values.length, List.of((long) values.length));
        }
    }

    /**
     * Of the integer types and BOOL.
     *
     * @param values at least {@code count} long, unless there were too many; UINT64 above 2^63 − 1 is kept as 2^63 − 1
     */
    record Integers(long[] values, long count, List<Long> nesting) implements TensorData {
        public Integers(long[] values) {
            this(values, values.length, List.of((long) values.length));
        }
    }

    record Texts(List<String> values, long count, List<Long> nesting) implements TensorData {
        public Texts(List<String> values) {
            this(values, values.size(), List.of((long) values.size()));
        }
    }
}
