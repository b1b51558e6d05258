package io.tidegate.datasets;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.stream.Stream;

/** Tells a full disk from other failures to write; Java has no exception of its own for it. */
final class WriteFailure {

    private WriteFailure() {}

    static RuntimeException of(IOException e) {
        String said = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        return Stream.of("no space left", "quota exceeded", "file too large", "not enough space")
                        .anyMatch(said::contains)
                ? new DatasetException.NoSpace(e)
                : new UncheckedIOException("the dataset can't be written to the server's disk", e);
    }
}
