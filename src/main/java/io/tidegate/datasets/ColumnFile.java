package io.tidegate.datasets;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file of numbers being written, as {@link Mapped} reads it. */
final class ColumnFile implements AutoCloseable {

    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

    ColumnFile(Path file) {
        try {
            this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw WriteFailure.of(e);
        }
    }

    void add(float[] values, int count) {
        for (int k = 0; k < count; k++) {
            room(Float.BYTES).putFloat(values[k]);
        }
    }

    void add(long value) {
        room(Long.BYTES).putLong(value);
    }

    void add(int value) {
        room(Integer.BYTES).putInt(value);
    }

    void add(char value) {
        room(Character.BYTES).putChar(value);
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            drain();
        }
        return buffer;
    }

    private void drain() {
        buffer.flip();
        try {
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (IOException e) {
            throw WriteFailure.of(e);
        }
        buffer.clear();
    }

    /** All of it, on the disk. */
    void finish() {
        drain();
        try {
            channel.force(true);
        } catch (IOException e) {
            throw WriteFailure.of(e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw WriteFailure.of(e);
        }
    }
}
