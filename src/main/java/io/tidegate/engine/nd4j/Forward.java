package io.tidegate.engine.nd4j;

import io.tidegate.core.engine.Schedule;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One direction of one layer, run forward over batches: its buffers, and a {@link ForwardStep} for every number of sequences
 * that was still running at some step. For one thread at a time.
 */
final class Forward implements AutoCloseable {

    private final DirectionWeights weights;
    private final boolean reverse;
    private final Memory arrays = new Memory();
    private final INDArray states; // c and h of all sequences, [2, sequences, H]
    private final BlockBuffer fromInput; // [rows, 4H]
    private final Carried<ForwardStep> carried;

    Forward(DirectionWeights weights, boolean reverse, boolean taped, int mostSequences) {
        int H = weights.hiddenSize();
        this.weights = weights;
        this.reverse = reverse;
        this.states = arrays.floats(2, mostSequences, H);
        this.fromInput = new BlockBuffer(4 * H, false);
        INDArray memory = arrays.floats(ForwardStep.memorySize(mostSequences, H));
        this.carried = new Carried<>(states, n -> new ForwardStep(weights, n, taped, memory));
    }

    int hiddenSize() {
        return weights.hiddenSize();
    }

    /** @param initial c and h, [2, sequences, H] */
    void begin(float[] initial, int sequences) {
        carried.begin(initial, sequences);
    }

    /**
     * @param x what the window's rows read
     * @param output receives h, where it is wanted
     * @param tapes receives a tape for each block of the window, in the order in which it is worked through, where they are wanted
     * @param memory that tapes live in
     */
    void run(
            Schedule schedule,
            Schedule.Block window,
            LayerInput x,
            @Nullable Rows output,
            @Nullable List<Tape> tapes,
            Memory memory) {
        List<Schedule.Block> blocks = schedule.blocks(window);
        for (Schedule.Block block : reverse ? blocks.reversed() : blocks) {
            int rows = schedule.rows(block), first = schedule.row(block.from()) - schedule.row(window.from());
            x.project(weights, first, rows, fromInput.matrix(rows));
            INDArray slots = tapes == null
                    ? null
                    : memory.floats(ForwardStep.tapeSlots(weights.cell()), rows, weights.hiddenSize());
            for (int s = 0; s < block.steps(); s++) {
                int t = reverse ? block.to() - 1 - s : block.from() + s;
                int row = schedule.row(t) - schedule.row(block.from()), n = schedule.active(t);
                ForwardStep step = carried.step(n);
                step.z().assign(fromInput.rows().at(row, n));
                step.run();
                if (output != null) {
                    output.at(first + row, n).assign(step.h());
                }
                if (slots != null) {
                    Memory.slab(slots, row, n).assign(step.tape());
                }
            }
            if (tapes != null && slots != null) {
                tapes.add(new Tape(block, slots));
            }
        }
    }

    /** Ends a run. @return c and h, [2, sequences, H] */
    float[] end(int sequences) {
        return carried.end(sequences);
    }

    /** h after the run, [sequences, H]. */
    INDArray h(int sequences) {
        return Memory.part(states, states.length() / 2, sequences, weights.hiddenSize());
    }

    @Override
    public void close() {
        fromInput.close();
        arrays.close();
    }
}
