package io.tidegate.datasets;

import io.tidegate.datasets.DatasetStore.Stored;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Maps a stored dataset's files. */
final class StoredContent {

    private StoredContent() {}

    static DatasetContent open(Path folder, Stored stored) {
        if (stored.summary().captions() != null) {
            return CaptionContent.open(folder, stored.summary().id());
        }
        Arena arena = Arena.ofShared();
        try {
            return map(folder, stored, arena);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static DatasetContent map(Path folder, Stored stored, Arena arena) {
        DatasetSummary summary = stored.summary();
        if (summary.text() != null) {
            long length = summary.text().characters();
            MemorySegment tokens =
                    Mapped.map(arena, summary.id(), folder.resolve(TextWriter.TOKENS), Mapped.CHAR, length);
            return new TextData(tokens, length, stored.foundAlphabet(), arena);
        }
        DatasetSummary.Sequences sequences = summary.sequences();
        if (sequences == null) {
            throw new DatasetException.Damaged(summary.id(), "its summary has neither sequences nor a text");
        }
        return sequences(folder, stored, sequences, arena);
    }

    private static SequenceData sequences(Path folder, Stored stored, DatasetSummary.Sequences sequences, Arena arena) {
        String id = stored.summary().id();
        int count = sequences.count();
        DatasetSummary.Targets targets = sequences.targets();
        Expected expected = expected(sequences.classes() != null, targets);
        int targetSize = targets == null ? 0 : targets.size();
        SequenceData.Columns columns = new SequenceData.Columns(
                Mapped.map(
                        arena,
                        id,
                        folder.resolve(SequenceWriter.FEATURES),
                        Mapped.FLOAT,
                        sequences.steps() * sequences.featuresPerStep()),
                Mapped.map(arena, id, folder.resolve(SequenceWriter.OFFSETS), Mapped.LONG, count + 1L),
                expected == Expected.LABEL
                        ? Mapped.map(arena, id, folder.resolve(SequenceWriter.LABELS), Mapped.INT, count)
                        : null,
                targets == null
                        ? null
                        : Mapped.map(
                                arena,
                                id,
                                folder.resolve(SequenceWriter.TARGETS),
                                Mapped.FLOAT,
                                (expected == Expected.TARGETS ? sequences.steps() : count) * targetSize));
        SequenceData.Shape shape =
                new SequenceData.Shape(count, sequences.featuresPerStep(), expected, stored.found(), targetSize);
        return new SequenceData(shape, columns, arena);
    }

    private static Expected expected(boolean labelled, DatasetSummary.@Nullable Targets targets) {
        if (labelled) {
            return Expected.LABEL;
        }
        return targets == null ? Expected.NONE : targets.per().equals("step") ? Expected.TARGETS : Expected.TARGET;
    }
}
