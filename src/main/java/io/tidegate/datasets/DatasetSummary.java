package io.tidegate.datasets;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a dataset holds, without opening it.
 *
 * @param id {@code sha256:…} of the uploaded bytes, inflated (the part {@code file} followed by {@code labels}); a name where it is built in
 * @param format {@code ndjson}, {@code csv}, {@code text}, {@code idx} or {@code captions}
 * @param bytes of the upload, inflated
 * @param digest {@code sha256:…} of those bytes
 * @param createdAt null where it is built in
 * @param sequences null for what has none
 * @param text null for what is none
 * @param captions null for what has none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DatasetSummary(
        String id,
        String name,
        String format,
        boolean builtIn,
        long bytes,
        String digest,
        @Nullable Instant createdAt,
        @Nullable Sequences sequences,
        @Nullable Text text,
        @Nullable Captions captions) {

    /**
     * @param steps of all sequences together
     * @param features one range a feature
     * @param classes in the order of their index; null where sequences have no label
     * @param targets null where sequences have none
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Sequences(
            int count,
            long steps,
            Lengths lengths,
            int featuresPerStep,
            List<Range> features,
            @Nullable List<ClassCount> classes,
            @Nullable Targets targets) {}

    /** Of sequences, in steps. */
    public record Lengths(int min, double mean, int max) {}

    public record Range(float min, double mean, float max) {}

    public record ClassCount(String label, long count) {}

    /**
     * @param per {@code sequence} or {@code step}
     * @param size numbers for each of them
     */
    public record Targets(String per, int size, List<Range> ranges) {}

    /**
     * @param characters code points
     * @param alphabet its distinct code points, ascending
     */
    public record Text(long characters, int alphabetSize, String alphabet) {}

    /**
     * @param images by what they are for: train, validation, test
     * @param features numbers of an image's vector, or of each of its regions
     * @param regions whether images have regions
     */
    public record Captions(Map<String, Integer> images, long sentences, int features, boolean regions) {}
}
