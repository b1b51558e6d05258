package io.tidegate.engine.nd4j;

import io.tidegate.core.engine.Schedule;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a forward pass leaves behind for the backward one.
 *
 * @param block the steps
 * @param slots the first slots of a {@link ForwardStep}, for all rows of the block: [slots, rows, H]
 */
record Tape(Schedule.Block block, INDArray slots) {

    /** Some slots, [count, rows, H]. */
    INDArray slots(int slot, int count) {
        return Memory.slab(slots, slot, count, 0, slots.size(1));
    }

    /** One slot, [rows, H]. */
    INDArray slot(int slot) {
        long rows = slots.size(1), size = slots.size(2);
        return Memory.part(slots, slot * rows * size, rows, size);
    }
}
