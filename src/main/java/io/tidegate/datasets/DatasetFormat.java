package io.tidegate.datasets;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What an upload may be written in. */
public enum DatasetFormat {
    NDJSON(".*\\.(ndjson|jsonl)"),
    CSV(".*\\.csv"),
    TEXT(".*\\.(txt|text)"),
    IDX(".*(-ubyte|\\.idx)"),
    CAPTIONS(".*\\.safetensors");

    /** As an upload's {@code format} part and a summary name it. */
    public static final String NAMES =
            Arrays.stream(values()).map(DatasetFormat::wireName).collect(Collectors.joining(", "));

    private final String fileNames; // a pattern

    DatasetFormat(String fileNames) {
        this.fileNames = fileNames;
    }

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    static DatasetFormat named(String name) {
        return Arrays.stream(values())
                .filter(format -> format.wireName().equals(name))
                .findFirst()
                .orElseThrow(() -> new DatasetException.Refused(
                        "format", "expected one of " + NAMES + ", got '" + Quoted.shortened(name) + "'"));
    }

    /**
     * What a file is, by its name, else by its first bytes.
     *
     * @param head the file's first bytes, inflated
     */
    static DatasetFormat guess(String fileName, byte[] head) {
        return byName(fileName)
                .or(() -> byHead(head))
                .orElseThrow(() -> new DatasetException.Refused(
                        "format",
                        "neither the file's name nor its first bytes say what it is; send the part 'format': one of "
                                + NAMES));
    }

    private static Optional<DatasetFormat> byName(String fileName) {
        String lower = fileName.toLowerCase(Locale.ROOT);
        String name = lower.endsWith(".gz") ? lower.substring(0, lower.length() - 3) : lower;
        return Arrays.stream(values())
                .filter(format -> name.matches(format.fileNames))
                .findFirst();
    }

    /** A text and a table can't be told apart by their beginning. */
    private static Optional<DatasetFormat> byHead(byte[] head) {
        if (head.length >= 4 && head[0] == 0 && head[1] == 0 && head[2] == 8) {
            return Optional.of(IDX);
        }
        String start =
                new String(head, StandardCharsets.UTF_8).replace("\uFEFF", "").stripLeading();
        return start.startsWith("{") ? Optional.of(NDJSON) : Optional.empty();
    }
}
