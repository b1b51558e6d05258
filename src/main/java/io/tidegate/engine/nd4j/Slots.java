package io.tidegate.engine.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Memory for one {@link Step}, cut into slots of [n, H] numbers, one behind the other. Elementwise operations see slots, each
 * contiguous; products see the memory of several as one matrix in which a sequence's gates lie side by side.
 *
 * @param n sequences
 * @param H hidden size
 */
record Slots(INDArray memory, int n, int H) {

    /** Some slots, [count, n, H]. */
    INDArray at(int slot, int count) {
        return Memory.part(memory, offset(slot), count, n, H);
    }

    INDArray at(int slot) {
        return at(slot, 1);
    }

    /** The memory of some slots as one matrix, [n, count · H]. */
    INDArray matrix(int slot, int count) {
        return Memory.part(memory, offset(slot), n, (long) count * H);
    }

    INDArray matrix(int slot) {
        return matrix(slot, 1);
    }

    /** Some gates' columns of {@code matrix(slot, width)}, [n, count · H]. */
    INDArray columns(int slot, int width, int gate, int count) {
        return Memory.view(memory, offset(slot) + (long) gate * H, new long[] {n, (long) count * H}, new long[] {
            (long) width * H, 1
        });
    }

    /** The same columns gate by gate, [count, n, H]. */
    INDArray gates(int slot, int width, int gate, int count) {
        return Memory.view(
                memory, offset(slot) + (long) gate * H, new long[] {count, n, H}, new long[] {H, (long) width * H, 1});
    }

    private long offset(int slot) {
        return (long) slot * n * H;
    }
}
