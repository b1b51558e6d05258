package io.tidegate.datasets;

import io.tidegate.datasets.DatasetStore.Stored;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads an upload once, from its first byte to its last, checks it, and writes its numbers into a folder. */
final class Conversion {

    private static final int HEAD = 512; // bytes from which a format is guessed

    private final Datasets.Upload upload;
    private final Path folder;
    private final long limit;
    private final Instant now;
    private final MessageDigest digest = sha256();

    /** @param limit most bytes of a part, inflated */
    Conversion(Datasets.Upload upload, Path folder, long limit, Instant now) {
        this.upload = upload;
        this.folder = folder;
        this.limit = limit;
        this.now = now;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    Stored run() throws IOException {
        PartStream file = PartStream.open("file", upload.file(), limit, digest);
        DatasetFormat format = upload.format() == null
                ? DatasetFormat.guess(upload.fileName(), file.head(HEAD))
                : DatasetFormat.named(upload.format());
        if (upload.labels() != null && format != DatasetFormat.IDX) {
            throw new DatasetException.Refused(
                    "labels", "only idx has its labels in a part of their own; 'file' is " + format.wireName());
        }
        try {
            return format == DatasetFormat.TEXT ? text(file) : sequences(format, file);
        } catch (BadRow e) {
            throw new DatasetException.Refused(file.part(), e.detail());
        }
    }

    private Stored text(PartStream file) throws IOException {
        try (TextWriter writer = new TextWriter(folder)) {
            new TextReader(writer).read(file);
            DatasetSummary.Text text = writer.finish();
            return new Stored(
                    Stored.LAYOUT, summary(DatasetFormat.TEXT, file.count(), null, text), List.of(), writer.found());
        }
    }

    private Stored sequences(DatasetFormat format, PartStream file) throws IOException {
        try (SequenceWriter writer = new SequenceWriter(folder)) {
            long bytes = 0;
            switch (format) {
                case NDJSON -> new NdjsonReader(writer).read(file);
                case CSV -> new CsvReader(writer).read(file);
                case IDX -> bytes = idx(new IdxReader(writer), file);
                case TEXT -> throw new IllegalStateException("a text has no sequences");
            }
            file.drain();
            DatasetSummary.Sequences sequences = writer.finish();
            return new Stored(
                    Stored.LAYOUT, summary(format, bytes + file.count(), sequences, null), writer.found(), "");
        }
    }

    /** @return bytes of the labels */
    private long idx(IdxReader reader, PartStream images) throws IOException {
        reader.images(images, upload.labels() != null);
        if (upload.labels() == null) {
            return 0;
        }
        PartStream labels =
                PartStream.open("labels", upload.labels(), limit, digest); // goes on where the images' ended
        reader.labels(labels);
        return labels.count();
    }

    private DatasetSummary summary(
            DatasetFormat format,
            long bytes,
            DatasetSummary.@Nullable Sequences sequences,
            DatasetSummary.@Nullable Text text) {
        String id = "sha256:" + HexFormat.of().formatHex(digest.digest());
        return new DatasetSummary(id, upload.shownName(), format.wireName(), false, bytes, id, now, sequences, text);
    }
}
