package io.tidegate.sequences;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records in files that are only ever appended to. A crash leaves whole records, and after them at most the begin of one. Written is
 * what survives the process; the machine, only if files are forced.
 *
 * <p>A record is its length, a checksum, and its body. What is appended lies in a buffer until somebody flushes, which writes it for all
 * who wait. Where writing fails, the buffer is kept, and the next try, some time later, goes to a new file.
 */
final class RecordLog {

    private static final Logger log = LoggerFactory.getLogger(RecordLog.class);

    /** A file isn't appended to any more when it is so large. */
    static final long SEGMENT = 32L << 20; // bytes

    private static final String SUFFIX = ".log";
    private static final int FRAME = 8; // length and checksum
    private static final int MOST = 1 << 30; // bytes of a record
    private static final int BUFFER = 64 << 10;
    private static final long TRY_AGAIN = TimeUnit.MILLISECONDS.toNanos(200);

    private final Path dir;
    private final boolean forced;

    private final ReentrantLock appending = new ReentrantLock(); // taken after the other, or alone
    private ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    private long appended; // records

    private final ReentrantLock writing = new ReentrantLock();
    private final TreeMap<Integer, Long> segments = new TreeMap<>(); // bytes of whole records, by number
    private ByteBuffer spare = ByteBuffer.allocate(BUFFER);
    private @Nullable RandomAccessFile file; // the last of them; not a channel, which an interrupt would close
    private long inFile; // bytes of whole records
    private long written; // records
    private long failedAt;
    private volatile boolean failing;
    private volatile int current; // number of the last segment; 0 for none
    private boolean closed;

    /** @param forced whether a flush returns only when everything is on disk */
    RecordLog(Path dir, boolean forced) {
        this.dir = dir;
        this.forced = forced;
    }

    // --- reading ---

    /** Reads what there is, oldest first. Called once, before anything is appended. */
    void open(RecordReader reader) throws IOException {
        for (int number : numbers()) {
            long size = Files.size(path(number));
            long whole = read(number, reader);
            if (whole < size) {
                if (number != numbers().getLast()) {
                    throw new IOException(path(number).getFileName() + " is damaged at byte " + whole);
                }
                try (RandomAccessFile last = new RandomAccessFile(path(number).toFile(), "rw")) {
                    last.setLength(whole); // what comes after was never answered for
                }
            }
            segments.put(number, whole);
            current = number;
        }
    }

    /** Hears of each record. */
    interface RecordReader {
        void record(int segment, ByteBuffer body);
    }

    /** @return bytes of the whole records at the file's begin */
    long read(int number, RecordReader reader) throws IOException {
        long at = 0, size = Files.size(path(number));
        CRC32C checksum = new CRC32C();
        byte[] body = new byte[BUFFER];
        try (InputStream bytes = Files.newInputStream(path(number));
                DataInputStream in = new DataInputStream(new BufferedInputStream(bytes, BUFFER))) {
            while (size - at >= FRAME) {
                int length = in.readInt(), expected = in.readInt();
                if (length < 1 || length > MOST || length > size - at - FRAME) {
                    break;
                }
                body = body.length < length ? new byte[length] : body;
                in.readFully(body, 0, length);
                checksum.reset();
                checksum.update(body, 0, length);
                if ((int) checksum.getValue() != expected) {
                    break;
                }
                reader.record(number, ByteBuffer.wrap(body, 0, length));
                at += FRAME + length;
            }
        }
        return at;
    }

    private Path path(int number) {
        return dir.resolve("%010d".formatted(number) + SUFFIX);
    }

    private List<Integer> numbers() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(SUFFIX))
                    .map(name -> Integer.parseInt(name.substring(0, name.length() - SUFFIX.length())))
                    .sorted(Comparator.naturalOrder())
                    .toList();
        }
    }

    // --- appending ---

    /**
     * Appends a record to the buffer.
     *
     * @param write puts so many bytes
     * @throws SequenceException.Unwritten if writing has failed and still does; nothing is appended then
     */
    void append(int length, Consumer<ByteBuffer> write) {
        check();
        appending.lock();
        try {
            buffer = withRoom(buffer, FRAME + length);
            int at = buffer.position(), body = at + FRAME;
            try {
                write.accept(buffer.position(body).limit(body + length));
            } finally {
                buffer.limit(buffer.capacity()).position(at); // as it was, should this fail
            }
            CRC32C checksum = new CRC32C();
            checksum.update(buffer.array(), buffer.arrayOffset() + body, length);
            buffer.putInt(length).putInt((int) checksum.getValue()).position(body + length);
            appended++;
        } finally {
            appending.unlock();
        }
    }

    private static ByteBuffer withRoom(ByteBuffer buffer, int bytes) {
        return buffer.remaining() >= bytes
                ? buffer
                : ByteBuffer.allocate(Math.max(2 * buffer.capacity(), buffer.position() + bytes))
                        .put(buffer.flip());
    }

    /** Writes what is in the buffer if writing has failed before. */
    void check() {
        if (failing) {
            flush();
        }
    }

    /** Writes what is in the buffer if it is much. */
    void relieve() {
        if (buffered() > BUFFER) {
            flush();
        }
    }

    private int buffered() {
        appending.lock();
        try {
            return buffer.position();
        } finally {
            appending.unlock();
        }
    }

    private long appended() {
        appending.lock();
        try {
            return appended;
        } finally {
            appending.unlock();
        }
    }

    /** Returns when all that was appended by now is written. */
    void flush() {
        long mine = appended();
        writing.lock();
        try {
            if (written < mine) {
                writeAll();
            }
        } finally {
            writing.unlock();
        }
    }

    private void writeAll() {
        if (closed) {
            throw new IllegalStateException("live sequences: the store has been closed");
        }
        if (failing && System.nanoTime() - failedAt < TRY_AGAIN) {
            throw new SequenceException.Unwritten();
        }
        ByteBuffer records;
        long upTo;
        appending.lock();
        try {
            records = buffer;
            upTo = appended;
            buffer = spare.clear();
        } finally {
            appending.unlock();
        }
        try {
            write(records);
        } catch (IOException | OutOfMemoryError e) {
            putBack(records);
            if (!failing) {
                log.error(
                        "live sequences: what they do can't be written; steps that need it are refused until it can",
                        e);
            }
            failedAt = System.nanoTime();
            failing = true;
            throw new SequenceException.Unwritten();
        }
        written = upTo;
        if (failing) {
            failing = false;
            log.info("live sequences: what they do is written again");
        }
        spare = records.capacity() > 16 * BUFFER ? ByteBuffer.allocate(BUFFER) : records;
    }

    private void write(ByteBuffer records) throws IOException {
        if (failing && file != null) {
            file.setLength(inFile); // what a failed try left
            file.close();
            file = null;
        }
        RandomAccessFile to = file;
        if (to == null || inFile >= SEGMENT) {
            to = begin();
        }
        to.write(records.array(), records.arrayOffset(), records.position());
        if (forced) {
            to.getFD().sync();
        }
        inFile += records.position();
        segments.put(current, inFile);
    }

    /** What came since goes after it. */
    private void putBack(ByteBuffer records) {
        appending.lock();
        try {
            ByteBuffer since = buffer;
            buffer = withRoom(records, since.position() + 1).put(since.flip());
            spare = since;
        } finally {
            appending.unlock();
        }
    }

    private RandomAccessFile begin() throws IOException {
        if (file != null) {
            file.close();
            file = null;
        }
        int number = current + 1;
        RandomAccessFile next = new RandomAccessFile(path(number).toFile(), "rw");
        next.setLength(0);
        file = next;
        inFile = 0;
        segments.put(number, 0L);
        current = number;
        if (forced) {
            forceDirectory();
        }
        return next;
    }

    private void forceDirectory() throws IOException {
        boolean interrupted = Thread.interrupted(); // it would close the channel
        try (FileChannel folder = FileChannel.open(dir, StandardOpenOption.READ)) {
            folder.force(true);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The number of the file that is appended to, or of one before the one where what is in the buffer will be. */
    int current() {
        return current;
    }

    // --- getting rid of old files ---

    /** @return number of the oldest file; 0 if there is none but that which is appended to */
    int oldest() {
        writing.lock();
        try {
            return segments.size() < 2 ? 0 : segments.firstKey();
        } finally {
            writing.unlock();
        }
    }

    /** Of all files. */
    long bytes() {
        writing.lock();
        try {
            return segments.values().stream().mapToLong(Long::longValue).sum();
        } finally {
            writing.unlock();
        }
    }

    void delete(int number) {
        writing.lock();
        try {
            Files.deleteIfExists(path(number));
            segments.remove(number);
        } catch (IOException e) {
            throw new UncheckedIOException("live sequences: an old file can't be deleted", e);
        } finally {
            writing.unlock();
        }
    }

    /** Deletes all that {@link #open} found. */
    void deleteAll() throws IOException {
        for (int number : numbers()) {
            delete(number);
        }
    }

    /** Puts all files aside under other names. */
    void setAside() throws IOException {
        for (int number : numbers()) {
            Files.move(path(number), dir.resolve(path(number).getFileName() + ".damaged"));
            current = number;
        }
        segments.clear();
    }

    void close() {
        writing.lock();
        try {
            closed = true;
            if (file != null) {
                file.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("live sequences: their file can't be closed", e);
        } finally {
            writing.unlock();
        }
    }
}
