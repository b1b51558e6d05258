package io.tidegate.datasets;

import io.tidegate.checkpoint.Sha256;
import io.tidegate.datasets.DatasetStore.Stored;
import io.tidegate.datasets.caption.CaptionData;
import io.tidegate.datasets.caption.CaptionDataException;
import io.tidegate.datasets.caption.CaptionedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads an upload once, from its first byte to its last, checks it, and writes its numbers into a folder. */
final class Conversion {

    private static final int HEAD = 512; // bytes from which a format is guessed

    private final Datasets.Upload upload;
    private final Path folder;
    private final long limit;
    private final Instant now;
    private final MessageDigest digest = Sha256.digest();

    /** @param limit most bytes of a part, inflated */
    Conversion(Datasets.Upload upload, Path folder, long limit, Instant now) {
        this.upload = upload;
        this.folder = folder;
        this.limit = limit;
        this.now = now;
    }

    Stored run() throws IOException {
        PartStream file = PartStream.open("file", upload.file(), limit, digest);
        DatasetFormat format = upload.format() == null
                ? DatasetFormat.guess(upload.fileName(), file.head(HEAD))
                : DatasetFormat.named(upload.format());
        if (upload.labels() != null && format != DatasetFormat.IDX && format != DatasetFormat.CAPTIONS) {
            throw new DatasetException.Refused(
                    "labels",
                    "only idx and captions have something in a part of its own; 'file' is " + format.wireName());
        }
        try {
            return switch (format) {
                case TEXT -> text(file);
                case CAPTIONS -> captions(file);
                case NDJSON, CSV, IDX -> sequences(format, file);
            };
        } catch (BadRow e) {
            throw new DatasetException.Refused(file.part(), e.detail());
        }
    }

    private Stored text(PartStream file) throws IOException {
        try (TextWriter writer = new TextWriter(folder)) {
            new TextReader(writer).read(file);
            DatasetSummary.Text text = writer.finish();
            return new Stored(
                    Stored.LAYOUT,
                    summary(DatasetFormat.TEXT, file.count(), null, text, null),
                    List.of(),
                    writer.found());
        }
    }

    /** Kept as they came, as the numbers of safetensors can be mapped. */
    private Stored captions(PartStream features) throws IOException {
        if (upload.labels() == null) {
            throw new DatasetException.Refused(
                    "labels", "captions need this part: the JSON that says which image has which sentences");
        }
        DatasetStore.spool(features, folder.resolve(CaptionContent.FEATURES));
        features.drain();
        PartStream captions = PartStream.open("labels", upload.labels(), limit, digest);
        DatasetStore.spool(captions, folder.resolve(CaptionContent.CAPTIONS));
        captions.drain();
        try (CaptionData data =
                CaptionData.open(folder.resolve(CaptionContent.FEATURES), folder.resolve(CaptionContent.CAPTIONS))) {
            data.checkFeatures();
            long bytes = features.count() + captions.count();
            return new Stored(
                    Stored.LAYOUT, summary(DatasetFormat.CAPTIONS, bytes, null, null, summary(data)), List.of(), "");
        } catch (CaptionDataException e) {
            throw new DatasetException.Refused("", Objects.requireNonNullElse(e.getMessage(), "captions"));
        }
    }

    private static DatasetSummary.Captions summary(CaptionData data) {
        Map<String, Integer> images = new LinkedHashMap<>();
        long sentences = 0;
        for (CaptionedImage.Split split : CaptionedImage.Split.values()) {
            List<CaptionedImage> of = data.images(split);
            images.put(split.toString(), of.size());
            sentences += of.stream().mapToLong(image -> image.captions().size()).sum();
        }
        return new DatasetSummary.Captions(images, sentences, data.featureSize(), data.regions());
    }

    private Stored sequences(DatasetFormat format, PartStream file) throws IOException {
        try (SequenceWriter writer = new SequenceWriter(folder)) {
            long bytes = 0;
            switch (format) {
                case NDJSON -> new NdjsonReader(writer).read(file);
                case CSV -> new CsvReader(writer).read(file);
                case IDX -> bytes = idx(new IdxReader(writer), file);
                case TEXT, CAPTIONS -> throw new IllegalStateException(format.wireName() + " has no sequences");
            }
            file.drain();
            DatasetSummary.Sequences sequences = writer.finish();
            return new Stored(
                    Stored.LAYOUT, summary(format, bytes + file.count(), sequences, null, null), writer.found(), "");
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
            DatasetSummary.@Nullable Text text,
            DatasetSummary.@Nullable Captions captions) {
        String id = "sha256:" + Sha256.hex(digest);
        return new DatasetSummary(
                id, upload.shownName(), format.wireName(), false, bytes, id, now, sequences, text, captions);
    }
}
