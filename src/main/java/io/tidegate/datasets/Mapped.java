package io.tidegate.datasets;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Numbers in files, mapped into memory: little-endian, without a header. */
final class Mapped {

    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfChar CHAR = ValueLayout.JAVA_CHAR_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Mapped() {}

    /** @param count how many numbers the file must hold */
    static MemorySegment map(Arena arena, String id, Path file, ValueLayout layout, long count) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long expected = Math.multiplyExact(count, layout.byteSize());
            if (channel.size() != expected) {
                throw new DatasetException.Damaged(
                        id, "expected " + expected + " bytes of " + file.getFileName() + ", found " + channel.size());
            }
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, expected, arena);
        } catch (NoSuchFileException e) {
            throw new DatasetException.Damaged(id, file.getFileName() + " is missing");
        } catch (IOException e) {
            throw new UncheckedIOException("dataset '" + id + "' can't be mapped into memory", e);
        }
    }

    static MemorySegment of(float[] values) {
        MemorySegment segment = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, Float.BYTES)]);
        MemorySegment.copy(values, 0, segment, FLOAT, 0, values.length);
        return segment;
    }

    static MemorySegment of(int[] values) {
        MemorySegment segment = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, Integer.BYTES)]);
        MemorySegment.copy(values, 0, segment, INT, 0, values.length);
        return segment;
    }

    static MemorySegment of(long[] values) {
        MemorySegment segment = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, Long.BYTES)]);
        MemorySegment.copy(values, 0, segment, LONG, 0, values.length);
        return segment;
    }

    static MemorySegment of(char[] values) {
        MemorySegment segment = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, Character.BYTES)]);
        MemorySegment.copy(values, 0, segment, CHAR, 0, values.length);
        return segment;
    }
}
