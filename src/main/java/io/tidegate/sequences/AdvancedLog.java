package io.tidegate.sequences;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Which sequences have gone on since their rows were written. An entry is one plain write, which survives the process, not the
 * machine.
 */
final class AdvancedLog {

    private static final String PREFIX = "advanced-", SUFFIX = ".log";
    private static final int FIXED = 8 + 8 + 1; // incarnation, steps, whether it ended

    /** @param steps that the sequence had made when this was written; it may have made more since */
    record Entry(long incarnation, long steps, boolean ended) {}

    private final Path file;
    private final FileOutputStream out; // not a channel: an interrupt would close that
    private ByteBuffer buffer = ByteBuffer.allocate(1024);

    private AdvancedLog(Path file, FileOutputStream out) {
        this.file = file;
        this.out = out;
    }

    static AdvancedLog create(Path dir, long generation) {
        Path file = dir.resolve(PREFIX + "%019d".formatted(generation) + SUFFIX);
        try {
            return new AdvancedLog(file, new FileOutputStream(file.toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException("live sequences: their log can't be made", e);
        }
    }

    synchronized void append(String key, SequenceRow.Stamp stamp, boolean ended) {
        byte[] text = key.getBytes(StandardCharsets.UTF_8);
        int length = 4 + text.length + FIXED;
        if (buffer.capacity() < length) {
            buffer = ByteBuffer.allocate(2 * length);
        }
        buffer.clear();
        buffer.putInt(text.length).put(text).putLong(stamp.incarnation()).putLong(stamp.steps());
        buffer.put((byte) (ended ? 1 : 0)).flip();
        try {
            out.write(buffer.array(), 0, buffer.limit());
        } catch (IOException e) {
            throw new UncheckedIOException("live sequences: a step can't be logged, so it isn't answered", e);
        }
    }

    void delete() {
        close();
        remove(file);
    }

    void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException("live sequences: their log can't be closed", e);
        }
    }

    /** The last entry of each sequence in all logs, oldest first; an entry that isn't whole was never answered for. */
    static Map<String, Entry> readAll(Path dir) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (Path file : files(dir)) {
            try {
                ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
                while (bytes.remaining() >= 4) {
                    int length = bytes.getInt();
                    if (length < 0 || bytes.remaining() < (long) length + FIXED) {
                        break;
                    }
                    byte[] text = new byte[length];
                    bytes.get(text);
                    Entry entry = new Entry(bytes.getLong(), bytes.getLong(), bytes.get() != 0);
                    entries.put(new String(text, StandardCharsets.UTF_8), entry);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("live sequences: their log can't be read", e);
            }
        }
        return entries;
    }

    static void deleteAll(Path dir) {
        files(dir).forEach(AdvancedLog::remove);
    }

    private static List<Path> files(Path dir) {
        try (Stream<Path> files = Files.list(dir)) {
            return files.filter(file -> file.getFileName().toString().startsWith(PREFIX))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("live sequences: their folder can't be read", e);
        }
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("live sequences: their log can't be deleted", e);
        }
    }
}
