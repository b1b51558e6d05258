package io.tidegate.checkpoint;

import java.util.Arrays;
import java.util.List;

/**
 * A named tensor's shape and values.
 *
 * @param shape row-major; empty for a single number
 * @param values [product of the shape]
 */
public record Tensor(List<Integer> shape, double[] values) {

    public Tensor {
        shape = List.copyOf(shape);
        int size = shape.stream().reduce(1, Math::multiplyExact);
        if (size != values.length) {
            throw new IllegalArgumentException(
                    "tensor: expected " + size + " values for shape " + shape + ", got " + values.length);
        }
    }

    /** The place of the index-th value of such a shape, as {@code [2, 0]}. */
    static String place(List<Integer> shape, int index) {
        int[] place = new int[shape.size()];
        int rest = index;
        for (int k = shape.size() - 1; k >= 0; k--) {
            place[k] = rest % shape.get(k);
            rest /= shape.get(k);
        }
        return Arrays.toString(place);
    }
}
