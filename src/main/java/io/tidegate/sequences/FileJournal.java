package io.tidegate.sequences;

import io.tidegate.platform.StartRefusedException;
import io.tidegate.platform.TidegateProperties.Sequences.Durability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to sequences, in the order in which it happens, in a {@link RecordLog}; the last record of a sequence is what is known
 * of it after a crash.
 *
 * <p>Periodic: the first change since its row was written tells that a sequence has gone on, which is written at once; so one
 * whose last steps died with the process is known to be lost, never taken for what it was. Rows follow every so often. Written,
 * not forced: after the machine's end all are lost.
 *
 * <p>Every step: a step is answered when its row is on disk; callers who wait at the same time share that.
 *
 * <p>None: the log is written by a graceful stop, and deleted when it has been read.
 *
 * <p>Files are bounded: of the oldest, what is still needed is appended again, from memory, and it is deleted.
 */
final class FileJournal implements Journal {

    private static final Logger log = LoggerFactory.getLogger(FileJournal.class);

    private static final int MOST_PROCESSES = 64;

    /** Kinds of records. A key and what its kind has follow, but for the first two. */
    private static final byte STARTED = 1, // mode, boot, whether all before are lost
            STOPPED = 2, // gracefully
            ROW = 3, // the row
            WENT_ON = 4, // beyond the last row
            OVER = 5; // when; how long nobody had asked for it, or -1

    private final Duration interval;
    private final Durability durability;
    private final Rows rows;
    private final Place place;
    private final RecordLog records;
    private final CountDownLatch stopping = new CountDownLatch(1);

    FileJournal(Path dataDir, Durability durability, Duration interval, Rows rows) {
        this.durability = durability;
        this.interval = interval;
        this.rows = rows;
        this.place = Place.firstFree(dataDir.resolve("sequences"));
        this.records = new RecordLog(place.dir, durability == Durability.EVERY_STEP);
        try {
            recover();
        } catch (IOException e) {
            throw new UncheckedIOException("live sequences: their files can't be read", e);
        }
        if (durability != Durability.NONE) {
            Thread.ofPlatform().daemon().name("sequence-writer").start(this::write);
        }
    }

    /** A folder that no other process uses, as long as its lock is held. */
    private record Place(Path dir, FileChannel file, FileLock lock) {

        /** Processes that share a data directory each have a folder of their own: the first that no other has. */
        static Place firstFree(Path folder) {
            try {
                for (int number = 0; number < MOST_PROCESSES; number++) {
                    Path dir = folder.resolve(Integer.toString(number));
                    Files.createDirectories(dir);
                    FileChannel file =
                            FileChannel.open(dir.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = locked(file);
                    if (lock != null) {
                        return new Place(dir, file, lock);
                    }
                    file.close();
                }
            } catch (IOException e) {
                throw new UncheckedIOException("live sequences: their folder can't be made", e);
            }
            throw new StartRefusedException(
                    MOST_PROCESSES + " other processes keep live sequences in this data directory.",
                    "Give this one a tidegate.data-dir of its own.");
        }

        private static @Nullable FileLock locked(FileChannel file) throws IOException {
            try {
                return file.tryLock();
            } catch (OverlappingFileLockException e) { // this process's
                return null;
            }
        }

        void leave() {
            try {
                file.close();
            } catch (IOException e) {
                throw new UncheckedIOException("live sequences: their folder can't be left", e);
            }
        }
    }

    // --- what an earlier process left ---

    private void recover() throws IOException {
        Recovery recovery = new Recovery();
        boolean lost;
        try {
            records.open(recovery);
            boolean machineStopped = !recovery.boot.equals(bootId());
            lost = !recovery.stopped && machineStopped && recovery.mode.equals(Durability.PERIODIC.name());
        } catch (IOException e) {
            log.error("live sequences: their files can't be read and are kept as *.damaged; all are lost", e);
            records.setAside();
            lost = true;
        }
        if (lost) {
            rows.allLost();
        }
        if (durability == Durability.NONE) {
            records.deleteAll();
        } else {
            started(lost);
        }
        if (recovery.any) {
            int[] live = {0};
            rows.each(_ -> live[0]++);
            log.info("live sequences: {} go on; others of an earlier process must begin anew", live[0]);
        }
    }

    private void started(boolean lost) {
        byte[] mode = durability.name().getBytes(StandardCharsets.UTF_8);
        byte[] boot = bootId().getBytes(StandardCharsets.UTF_8);
        records.append(1 + 2 + mode.length + 2 + boot.length + 1, to -> {
            text(to.put(STARTED), mode);
            text(to, boot);
            to.put((byte) (lost ? 1 : 0));
        });
        records.flush();
    }

    private static void text(ByteBuffer to, byte[] text) {
        to.putShort((short) text.length).put(text);
    }

    private static byte[] text(ByteBuffer from) {
        byte[] text = new byte[from.getShort()];
        from.get(text);
        return text;
    }

    private static SequenceKey key(ByteBuffer from) {
        return new SequenceKey(new String(text(from), StandardCharsets.UTF_8), Id.text(text(from)));
    }

    private final class Recovery implements RecordLog.RecordReader {
        private boolean any, stopped;
        private String mode = "", boot = "";

        @Override
        public void record(int segment, ByteBuffer body) {
            byte kind = body.get();
            stopped = kind == STOPPED;
            switch (kind) {
                case STARTED -> {
                    mode = new String(text(body), StandardCharsets.UTF_8);
                    boot = new String(text(body), StandardCharsets.UTF_8);
                    if (body.get() != 0) {
                        rows.allLost();
                    }
                }
                case STOPPED -> {}
                default -> ofSequence(kind, segment, key(body), body);
            }
        }

        private void ofSequence(byte kind, int segment, SequenceKey key, ByteBuffer body) {
            any = true;
            switch (kind) {
                case ROW -> rows.live(key, SequenceRow.copyOf(MemorySegment.ofBuffer(body)), segment);
                case WENT_ON -> rows.lost(key);
                case OVER -> rows.over(key, over(body));
                default -> throw new IllegalStateException("live sequences: a record of kind " + kind);
            }
        }
    }

    private static Over over(ByteBuffer from) {
        Instant at = Instant.ofEpochMilli(from.getLong());
        long idle = from.getLong();
        return new Over(at, idle < 0 ? null : Duration.ofMillis(idle));
    }

    private static String bootId() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            return "unknown";
        }
    }

    // --- what this one tells ---

    @Override
    public void changed(SequenceKey key, Live live, SequenceRow row) {
        switch (durability) {
            case NONE -> {}
            case EVERY_STEP -> row(key, live, row.memory());
            case PERIODIC -> {
                if (!live.changed()) {
                    append(WENT_ON, key, 0, _ -> {});
                    rows.toWrite(live);
                    records.flush();
                }
            }
        }
    }

    @Override
    public void over(SequenceKey key, Over over) {
        if (durability != Durability.NONE) {
            append(key, over);
        }
        if (durability == Durability.PERIODIC) {
            records.flush();
        }
    }

    @Override
    public void await() {
        if (durability == Durability.EVERY_STEP) {
            records.flush();
        }
    }

    @Override
    public void check() {
        if (durability == Durability.EVERY_STEP) {
            records.check();
        }
    }

    @Override
    public void requireWriting() {
        records.check();
    }

    private void row(SequenceKey key, Live live, MemorySegment row) {
        append(ROW, key, Math.toIntExact(row.byteSize()), to -> {
            MemorySegment.ofBuffer(to).copyFrom(row);
            to.position(to.position() + Math.toIntExact(row.byteSize()));
        });
        live.segment(records.current());
    }

    private void append(SequenceKey key, Over over) {
        Duration idle = over.idle();
        append(OVER, key, 16, to -> to.putLong(over.at().toEpochMilli()).putLong(idle == null ? -1 : idle.toMillis()));
    }

    private void append(byte kind, SequenceKey key, int more, Consumer<ByteBuffer> write) {
        byte[] model = key.model().getBytes(StandardCharsets.UTF_8), id = Id.bytes(key.id());
        records.append(1 + 2 + model.length + 2 + id.length + more, to -> {
            text(to.put(kind), model);
            text(to, id);
            write.accept(to);
        });
    }

    // --- the writer ---

    private void write() {
        while (true) {
            try {
                if (stopping.await(interval.toNanos(), TimeUnit.NANOSECONDS)) {
                    return;
                }
                round();
            } catch (InterruptedException e) {
                return;
            } catch (SequenceException.Unwritten e) {
                log.debug("live sequences: what changed couldn't be written; the next round tries again", e);
            } catch (RuntimeException | IOException e) {
                log.error("live sequences: what changed couldn't be written; the next round tries again", e);
            }
        }
    }

    private synchronized void round() throws IOException {
        rows.eachToWrite(this::write);
        records.flush();
        for (int most = 64; most > 0 && records.bytes() > 2 * rows.bytes() + 4 * RecordLog.SEGMENT; most--) {
            dropOldest();
        }
    }

    private void write(Live live) {
        row(rows.key(live), live, live.row());
        records.relieve();
    }

    private void dropOldest() throws IOException {
        int oldest = records.oldest();
        if (oldest == 0) {
            return;
        }
        records.read(oldest, (_, body) -> {
            byte kind = body.get();
            if (kind != STARTED && kind != STOPPED) {
                SequenceKey key = key(body);
                rows.at(key, live -> keep(kind, key, live, body, oldest));
            }
        });
        records.flush();
        records.delete(oldest);
    }

    /** Appends again what is only in the file that is to be deleted. */
    private void keep(byte kind, SequenceKey key, @Nullable Live live, ByteBuffer body, int oldest) {
        if (live != null && live.segment() <= oldest) {
            write(live);
            live.changed(false);
        } else if (live == null && kind == OVER && rows.remembers(key)) {
            append(key, over(body));
        }
    }

    @Override
    public void close() {
        stopping.countDown(); // never an interrupt: in the middle of a write it would close the file
        synchronized (this) { // a round under way
            try {
                switch (durability) {
                    case NONE -> rows.each(this::write);
                    case PERIODIC -> rows.eachToWrite(this::write);
                    case EVERY_STEP -> {}
                }
                records.append(1, to -> to.put(STOPPED));
                records.flush();
            } finally {
                records.close();
                place.leave();
            }
        }
    }
}
