package io.tidegate.core.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The order in which a batch is worked through: sequences from long to short, and their steps time-major, so that the
 * sequences still running at a step are the first n of them and no work goes into padding.
 *
 * <p>A row is one step of one sequence. The rows of step t are {@code row(t) … row(t + 1)}, those of the longest sequences
 * first.
 */
public final class Schedule {

    /** Steps from … to. */
    public record Block(int from, int to) {
        public int steps() {
            return to - from;
        }
    }

    // Enough rows to keep a product busy, few enough to bound the memory of what is computed ahead for all steps of a
    // block.
    private static final int BLOCK_STEPS = 64, BLOCK_ROWS = 8192;

    private final Batch batch;
    private final int[] order; // the caller's index of the s-th longest sequence, [sequences]
    private final int[] firstRow; // [steps + 1]

    public Schedule(Batch batch) {
        this.batch = batch;
        this.order = longestFirst(batch);
        this.firstRow = new int[batch.length(order[0]) + 1];
        int active = order.length;
        for (int t = 0; t < steps(); t++) {
            while (batch.length(order[active - 1]) <= t) {
                active--;
            }
            firstRow[t + 1] = firstRow[t] + active;
        }
    }

    public int sequences() {
        return order.length;
    }

    private static int[] longestFirst(Batch batch) {
        IntStream sequences = IntStream.range(0, batch.sequences());
        boolean sorted = IntStream.range(1, batch.sequences()).allMatch(b -> batch.length(b) <= batch.length(b - 1));
        if (sorted) {
            return sequences.toArray();
        }
        return sequences
                .boxed()
                .sorted(Comparator.comparingInt((Integer b) -> batch.length(b)).reversed())
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** Steps of the longest sequence. */
    public int steps() {
        return firstRow.length - 1;
    }

    /** Sequences that have a step {@code t}. */
    public int active(int t) {
        return firstRow[t + 1] - firstRow[t];
    }

    /** The first row of step {@code t}. */
    public int row(int t) {
        return firstRow[t];
    }

    public int rows(Block block) {
        return row(block.to()) - row(block.from());
    }

    public Block whole() {
        return new Block(0, steps());
    }

    /** A window in blocks of at least one step and otherwise bounded rows; a block is its own only one. */
    public List<Block> blocks(Block window) {
        return blocks(window, BLOCK_STEPS, BLOCK_ROWS);
    }

    /** The same with bounds of the caller's. */
    public List<Block> blocks(Block window, int mostSteps, int mostRows) {
        List<Block> blocks = new ArrayList<>();
        int from = window.from();
        while (from < window.to()) {
            int to = from + 1;
            while (to < window.to() && to - from < mostSteps && row(to + 1) - row(from) <= mostRows) {
                to++;
            }
            blocks.add(new Block(from, to));
            from = to;
        }
        return blocks;
    }

    /** The caller's index of the s-th longest sequence. */
    public int sequence(int s) {
        return order[s];
    }

    /** Steps of the s-th longest sequence. */
    public int length(int s) {
        return batch.length(order[s]);
    }

    /** A row for each sequence, from the caller's order into this one: [sequences, size]. */
    public float[] sorted(float[] bySequence, int size) {
        float[] sorted = new float[bySequence.length];
        for (int s = 0; s < order.length; s++) {
            System.arraycopy(bySequence, order[s] * size, sorted, s * size, size);
        }
        return sorted;
    }

    /** The way back from {@link #sorted}. */
    public float[] unsorted(float[] sorted, int size) {
        float[] bySequence = new float[sorted.length];
        for (int s = 0; s < order.length; s++) {
            System.arraycopy(sorted, s * size, bySequence, order[s] * size, size);
        }
        return bySequence;
    }

    /** A block's rows out of values in the caller's order, [total steps, size]. */
    public float[] rows(Block block, float[] values, int size) {
        return rows(block, values, size, size, 0);
    }

    /** The same with one more value behind each row, [rows, size + 1]. */
    public float[] augmentedRows(Block block, float[] values, int size, float last) {
        return rows(block, values, size, size + 1, last);
    }

    private float[] rows(Block block, float[] values, int size, int width, float last) {
        float[] rows = new float[Math.multiplyExact(rows(block), width)];
        int row = 0;
        for (int t = block.from(); t < block.to(); t++) {
            for (int s = 0; s < active(t); s++, row++) {
                System.arraycopy(values, step(s, t) * size, rows, row * width, size);
                if (width > size) {
                    rows[row * width + size] = last;
                }
            }
        }
        return rows;
    }

    /** {@link #rows(Block, float[], int)} for tokens. */
    public int[] rows(Block block, int[] ids) {
        int[] rows = new int[rows(block)];
        int row = 0;
        for (int t = block.from(); t < block.to(); t++) {
            for (int s = 0; s < active(t); s++) {
                rows[row++] = ids[step(s, t)];
            }
        }
        return rows;
    }

    /** Puts the first {@code size} values of a block's rows, [rows, width], back where the caller wants them. */
    public void scatter(Block block, float[] rows, int width, float[] into, int size) {
        int row = 0;
        for (int t = block.from(); t < block.to(); t++) {
            for (int s = 0; s < active(t); s++, row++) {
                System.arraycopy(rows, row * width, into, step(s, t) * size, size);
            }
        }
    }

    /** Where step {@code t} of the s-th longest sequence lies among all steps of the batch, in the caller's order. */
    public int step(int s, int t) {
        return batch.offsets()[order[s]] + t;
    }
}
