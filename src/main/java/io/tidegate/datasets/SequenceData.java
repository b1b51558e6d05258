package io.tidegate.datasets;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Sequences of steps of numbers, ragged, with what each of them says for a model to learn. Nothing is held in the heap but what
 * is asked for: datasets larger than memory can be read in any order.
 */
public final class SequenceData implements DatasetContent {

    /**
     * Where the numbers are.
     *
     * @param features [steps of all sequences, features]
     * @param offsets where each sequence begins, in steps, [sequences + 1]
     * @param labels class in the order of appearance, [sequences]
     * @param targets [sequences, targets] or [steps of all sequences, targets]
     */
    record Columns(
            MemorySegment features,
            MemorySegment offsets,
            @Nullable MemorySegment labels,
            @Nullable MemorySegment targets) {}

    /**
     * What the numbers are.
     *
     * @param found classes in the order of appearance; empty without labels
     * @param targetSize numbers a target; 0 without targets
     */
    record Shape(int sequences, int featureSize, Expected expected, List<String> found, int targetSize) {}

    private final Shape shape;
    private final Columns columns;
    private final @Nullable Arena arena;
    private final List<String> classes;
    private final int[] ranks; // order of appearance → class index

    SequenceData(Shape shape, Columns columns, @Nullable Arena arena) {
        this.shape = shape;
        this.columns = columns;
        this.arena = arena;
        this.classes = ClassNames.sorted(shape.found());
        this.ranks = ClassNames.ranks(shape.found(), classes);
    }

    /** Number of sequences. */
    public int size() {
        return shape.sequences();
    }

    /** Features per step. */
    public int featureSize() {
        return shape.featureSize();
    }

    /** What {@link #label}, {@link #target} or {@link #targets} can be asked. */
    public Expected expected() {
        return shape.expected();
    }

    /** Steps of sequence {@code k}. */
    public int length(int k) {
        return Math.toIntExact(start(k + 1) - start(k));
    }

    /** Steps of all sequences together. */
    public long steps() {
        return start(size());
    }

    /** @return sequence {@code k}, [steps, features] */
    public float[] features(int k) {
        return features(k, 0, length(k));
    }

    /** @return steps {@code from} to {@code from + steps} of sequence {@code k}, [steps, features] */
    public float[] features(int k, int from, int steps) {
        Objects.checkFromIndexSize(from, steps, length(k));
        return floats(columns.features(), start(k) + from, steps, featureSize());
    }

    /** Names of the classes: by number where all are integers, else alphabetically. Empty without labels. */
    public List<String> classes() {
        return classes;
    }

    /** Index of sequence {@code k}'s class in {@link #classes}. */
    public int label(int k) {
        Objects.checkIndex(k, size());
        return ranks[have(columns.labels(), "labels").getAtIndex(Mapped.INT, k)];
    }

    /** Numbers in a target; 0 without targets. */
    public int targetSize() {
        return shape.targetSize();
    }

    /** @return the target of sequence {@code k} as a whole, [targets] */
    public float[] target(int k) {
        Objects.checkIndex(k, size());
        requireExpected(Expected.TARGET);
        return floats(have(columns.targets(), "targets"), k, 1, targetSize());
    }

    /** @return the targets of steps {@code from} to {@code from + steps} of sequence {@code k}, [steps, targets] */
    public float[] targets(int k, int from, int steps) {
        Objects.checkFromIndexSize(from, steps, length(k));
        requireExpected(Expected.TARGETS);
        return floats(have(columns.targets(), "targets"), start(k) + from, steps, targetSize());
    }

    private void requireExpected(Expected asked) {
        if (shape.expected() != asked) {
            throw new IllegalStateException(
                    "asked for " + asked.words + ", but these sequences have " + shape.expected().words);
        }
    }

    private static MemorySegment have(@Nullable MemorySegment column, String what) {
        if (column == null) {
            throw new IllegalStateException("these sequences have no " + what);
        }
        return column;
    }

    private long start(int k) {
        Objects.checkIndex(k, size() + 1);
        return columns.offsets().getAtIndex(Mapped.LONG, k);
    }

    private static float[] floats(MemorySegment from, long row, int rows, int width) {
        float[] values = new float[Math.multiplyExact(rows, width)];
        MemorySegment.copy(from, Mapped.FLOAT, row * width * Float.BYTES, values, 0, values.length);
        return values;
    }

    @Override
    public void close() {
        if (arena != null) {
            arena.close();
        }
    }
}
