package io.tidegate.datasets;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes sequences that stream by into a folder, and sums them up. For each: {@link #begin}, any number of {@link #steps}, what
 * it says of itself, {@link #end}; labels may also come later, in the sequences' order. The first sequence decides what all must look like; one that doesn't is a {@link BadRow}.
 */
final class SequenceWriter implements AutoCloseable {

    static final String FEATURES = "features.f32",
            OFFSETS = "offsets.i64",
            LABELS = "labels.i32",
            TARGETS = "targets.f32";

    private static final int MOST_NUMBERS = 65_536; // in a step: a range is kept for each

    private final Path folder;
    private final ColumnFile features;
    private final ColumnFile offsets;
    private final ClassNames classes = new ClassNames();
    private @Nullable ColumnFile labels;
    private @Nullable ColumnFile targets;
    private @Nullable Expected expected;
    private @Nullable RunningRange featureRange;
    private @Nullable RunningRange targetRange;

    private int count;
    private long steps; // of all sequences that have ended
    private int shortest = Integer.MAX_VALUE;
    private int longest;
    private long current; // steps of the one that hasn't
    private long currentTargets;

    SequenceWriter(Path folder) {
        this.folder = folder;
        this.features = new ColumnFile(folder.resolve(FEATURES));
        this.offsets = new ColumnFile(folder.resolve(OFFSETS));
        offsets.add(0L);
    }

    /** @param says what the sequence that begins says of itself */
    void begin(Expected says) {
        current = 0;
        currentTargets = 0;
        if (expected == null) {
            expected = says;
        } else if (expected != says) {
            throw new BadRow("expected " + expected.words + " as in the first sequence, got " + says.words);
        }
    }

    /**
     * More steps of the sequence.
     *
     * @param values [steps, width]
     */
    void steps(float[] values, int steps, int width) {
        featureRange = same(featureRange, width, "features a step");
        features.add(values, steps * width);
        featureRange.add(values, steps);
        current += steps;
    }

    void label(String label) {
        int index = classes.add(label);
        labels = labels == null ? new ColumnFile(folder.resolve(LABELS)) : labels;
        labels.add(index);
    }

    /**
     * The sequence's target, or more of its steps' targets.
     *
     * @param values [rows, width]
     */
    void targets(float[] values, int rows, int width) {
        targetRange = same(targetRange, width, "numbers in a target");
        targets = targets == null ? new ColumnFile(folder.resolve(TARGETS)) : targets;
        targets.add(values, rows * width);
        targetRange.add(values, rows);
        currentTargets += rows;
    }

    private static RunningRange same(@Nullable RunningRange first, int width, String what) {
        if (width < 1 || width > MOST_NUMBERS) {
            throw new BadRow("expected 1 to " + MOST_NUMBERS + " " + what + ", got " + width);
        }
        if (first != null && first.width() != width) {
            throw new BadRow("expected " + first.width() + " " + what + " as in the first sequence, got " + width);
        }
        return first == null ? new RunningRange(width) : first;
    }

    void end() {
        if (current == 0) {
            throw new BadRow("expected a sequence of at least one step, got none");
        }
        if (current > Integer.MAX_VALUE || count == Integer.MAX_VALUE - 1) {
            throw new BadRow("expected fewer than 2^31 sequences, each of fewer than 2^31 steps, got more");
        }
        long wanted = expected == Expected.TARGETS ? current : expected == Expected.TARGET ? 1 : 0;
        if (currentTargets != wanted) {
            throw new BadRow("expected a target for each of " + wanted + " steps, got " + currentTargets);
        }
        steps += current;
        count++;
        shortest = (int) Math.min(shortest, current);
        longest = (int) Math.max(longest, current);
        offsets.add(steps);
    }

    int count() {
        return count;
    }

    /** The classes in the order in which the labels' file counts them. */
    List<String> found() {
        return classes.found();
    }

    /** @throws BadRow where all rows are well, and yet they make no dataset */
    DatasetSummary.Sequences finish() {
        if (featureRange == null || count == 0) {
            throw new BadRow("expected at least one sequence, got none");
        }
        List<DatasetSummary.ClassCount> counts = classes.counts();
        if (expected == Expected.LABEL && counts.size() < 2) {
            throw new BadRow("expected at least 2 classes, got only '"
                    + Quoted.shortened(counts.getFirst().label()) + "'");
        }
        for (ColumnFile file : files()) {
            file.finish();
        }
        return new DatasetSummary.Sequences(
                count,
                steps,
                new DatasetSummary.Lengths(shortest, (double) steps / (double) count, longest),
                featureRange.width(),
                featureRange.ranges(),
                expected == Expected.LABEL ? counts : null,
                targetRange == null
                        ? null
                        : new DatasetSummary.Targets(
                                expected == Expected.TARGETS ? "step" : "sequence",
                                targetRange.width(),
                                targetRange.ranges()));
    }

    private List<ColumnFile> files() {
        return Stream.of(features, offsets, labels, targets)
                .filter(Objects::nonNull)
                .toList();
    }

    @Override
    public void close() {
        features.close();
        offsets.close();
        if (labels != null) {
            labels.close();
        }
        if (targets != null) {
            targets.close();
        }
    }
}
