package io.tidegate.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;

/** What the stores do with folders in the data directory. */
public final class Folders {

    private Folders() {}

    /** Deletes a folder, or a file, with all that is in it; nothing where there is none. */
    public static void delete(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        }
    }

    /** {@link #delete} for callers that can't do anything about its failure. */
    public static void discard(Path path) {
        try {
            delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException("a folder can't be deleted", e);
        }
    }

    /** Forces a file, or a folder's entries, to the disk. */
    public static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
