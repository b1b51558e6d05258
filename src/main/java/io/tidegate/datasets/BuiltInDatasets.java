package io.tidegate.datasets;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.util.function.SingletonSupplier;

/** The data in the jar as datasets, each read when first asked for and then kept: nine megabytes together. */
final class BuiltInDatasets {

    /** By id. */
    static final Map<String, Supplier<Dataset>> ALL = new TreeMap<>(Map.of(
            "digits", SingletonSupplier.of(BuiltInDatasets::digits),
            "ecg-208", SingletonSupplier.of(BuiltInDatasets::ecg),
            "king-james", SingletonSupplier.of(BuiltInDatasets::kingJames)));

    private BuiltInDatasets() {}

    /** 1,797 sequences of 64 steps: pixels, row by row. */
    private static Dataset digits() {
        List<BuiltInData.Digit> digits = BuiltInData.digits();
        int steps = BuiltInData.Digit.SIDE * BuiltInData.Digit.SIDE;
        float[] pixels = new float[digits.size() * steps];
        long[] offsets = new long[digits.size() + 1];
        int[] labels = new int[digits.size()];
        ClassNames classes = new ClassNames();
        for (int k = 0; k < labels.length; k++) {
            System.arraycopy(digits.get(k).pixels(), 0, pixels, k * steps, steps);
            offsets[k + 1] = (k + 1L) * steps;
            labels[k] = classes.add(Integer.toString(digits.get(k).label()));
        }
        return sequences("digits", "Handwritten digits", BuiltInData.DIGITS, pixels, offsets, labels, classes);
    }

    /** One sequence of 108,000 steps. */
    private static Dataset ecg() {
        float[] samples = BuiltInData.ecg();
        long[] offsets = {0, samples.length};
        return sequences(
                "ecg-208", "Electrocardiogram at 360 Hz", BuiltInData.ECG, samples, offsets, null, new ClassNames());
    }

    private static Dataset sequences(
            String id,
            String name,
            String file,
            float[] values, // [steps, 1]
            long[] offsets,
            int @Nullable [] labels,
            ClassNames classes) {
        RunningRange range = new RunningRange(1);
        range.add(values, values.length);
        int count = offsets.length - 1;
        int length = Math.toIntExact(offsets[1]); // of each
        DatasetSummary.Sequences summary = new DatasetSummary.Sequences(
                count,
                values.length,
                new DatasetSummary.Lengths(length, length, length),
                1,
                range.ranges(),
                labels == null ? null : classes.counts(),
                null);
        SequenceData.Columns columns = new SequenceData.Columns(
                Mapped.of(values), Mapped.of(offsets), labels == null ? null : Mapped.of(labels), null);
        SequenceData.Shape shape =
                new SequenceData.Shape(count, 1, labels == null ? Expected.NONE : Expected.LABEL, classes.found(), 0);
        SequenceData data = new SequenceData(shape, columns, null);
        return new Dataset(summary(id, name, DatasetFormat.CSV, file, summary, null), () -> data);
    }

    private static Dataset kingJames() {
        String verses = BuiltInData.kingJames();
        String found = verses.codePoints()
                .distinct()
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        char[] tokens = new char[verses.length()]; // all its characters are of one char
        for (int k = 0; k < tokens.length; k++) {
            tokens[k] = (char) found.indexOf(verses.charAt(k));
        }
        MemorySegment segment = Mapped.of(tokens);
        TextData data = new TextData(segment, tokens.length, found, null);
        DatasetSummary.Text summary = new DatasetSummary.Text(data.length(), data.alphabetSize(), data.alphabet());
        return new Dataset(
                summary("king-james", "King James Bible", DatasetFormat.TEXT, BuiltInData.KING_JAMES, null, summary),
                () -> data);
    }

    private static DatasetSummary summary(
            String id,
            String name,
            DatasetFormat format,
            String file,
            DatasetSummary.@Nullable Sequences sequences,
            DatasetSummary.@Nullable Text text) {
        return new DatasetSummary(
                id,
                name,
                format.wireName(),
                true,
                BuiltInData.bytes(file),
                BuiltInData.digest(file),
                null,
                sequences,
                text,
                null);
    }
}
