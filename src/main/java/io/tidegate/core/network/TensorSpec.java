package io.tidegate.core.network;

import java.util.List;

/**
 * Where a named tensor lies among a network's weights.
 *
 * @param name PyTorch's name, as in a checkpoint
 * @param shape row-major
 * @param offset index of its first value
 */
public record TensorSpec(String name, List<Integer> shape, int offset) {

    public int size() {
        return shape.stream().reduce(1, Math::multiplyExact);
    }

    /** Values between the starts of two neighbouring rows: 1 for a vector. */
    public int columns() {
        return shape.size() == 1 ? 1 : shape.getLast();
    }
}
