package io.tidegate.sequences;

import io.tidegate.platform.StartRefusedException;
import io.tidegate.platform.TidegateProperties.Sequences.Durability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.StringDataType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rows in one file, an H2 MVStore, which after a crash is as its last commit left it.
 *
 * <p>Periodic: rows that changed are written every so often. In between, an {@link AdvancedLog} says which sequences have gone on
 * since, so that one whose last steps died with the process is known to be lost, never taken for what it was. There are two logs,
 * of this round and of the one whose rows are being written; a log is deleted when its round's rows are committed.
 *
 * <p>Every step: a step is answered when its row is committed and forced to disk; callers who wait at the same time share a commit.
 *
 * <p>None: the file is written by a graceful stop, and emptied when it has been read.
 */
final class FileJournal implements Journal {

    private static final Logger log = LoggerFactory.getLogger(FileJournal.class);

    private static final String CLEAN = "clean", BOOT = "boot", MODE = "mode";
    private static final long COMMIT_BYTES = 16L << 20; // of rows that are written between two commits
    private static final int MOST_PROCESSES = 64;
    private static final int FILL_RATE = 60; // percent, below which the file is compacted
    private static final char SEPARATOR = '\0'; // no model's name has it

    private final Path dir;
    private final Durability durability;
    private final Duration interval;
    private final MVStore store;
    private final MVMap<String, byte[]> rows;
    private final MVMap<String, String> facts;

    private final ReentrantReadWriteLock rounds = new ReentrantReadWriteLock(); // told of changes | begins a round
    private volatile Set<MemoryStore.Live> changed = ConcurrentHashMap.newKeySet();
    private @Nullable AdvancedLog advanced; // of this round; periodic only
    private volatile long generation;

    private final ReentrantLock committing = new ReentrantLock();
    private final Condition committed = committing.newCondition();
    private final AtomicLong told = new AtomicLong();
    private long durable; // guarded by committing: so many of what was told
    private boolean busy;

    private final CountDownLatch stopping = new CountDownLatch(1);
    private volatile boolean closed;

    FileJournal(Path dataDir, Durability durability, Duration interval, Recovery recovery) {
        this.durability = durability;
        this.interval = interval;
        Opened opened = firstFree(dataDir.resolve("sequences"));
        this.dir = opened.dir();
        this.store = opened.store();
        this.rows = store.openMap(
                "rows",
                new MVMap.Builder<String, byte[]>()
                        .keyType(StringDataType.INSTANCE)
                        .valueType(ByteArrayDataType.INSTANCE));
        this.facts = store.openMap("facts");
        recover(recovery);
        if (durability == Durability.PERIODIC) {
            this.advanced = AdvancedLog.create(dir, generation);
            Thread.ofPlatform().daemon().name("sequence-writer").start(this::write);
        }
    }

    private record Opened(Path dir, MVStore store) {}

    /** Processes that share a data directory each keep a file of their own: the first that no other has open. */
    private static Opened firstFree(Path folder) {
        for (int number = 0; number < MOST_PROCESSES; number++) {
            Path dir = folder.resolve(Integer.toString(number));
            try {
                Files.createDirectories(dir);
            } catch (IOException e) {
                throw new UncheckedIOException("live sequences: their folder can't be made", e);
            }
            Optional<MVStore> store = opened(dir.resolve("sequences.mv"));
            if (store.isPresent()) {
                return new Opened(dir, store.get());
            }
        }
        throw new StartRefusedException(
                MOST_PROCESSES + " other processes keep live sequences in this data directory.",
                "Give this one a tidegate.data-dir of its own.");
    }

    /** @return empty if another process has it open */
    private static Optional<MVStore> opened(Path file) {
        try {
            return Optional.of(open(file));
        } catch (MVStoreException e) {
            if (e.getErrorCode() == DataUtils.ERROR_FILE_LOCKED) {
                return Optional.empty();
            }
            Path aside = file.resolveSibling("sequences.damaged-" + System.currentTimeMillis() + ".mv");
            log.error(
                    "live sequences: their file can't be read and is kept as {}; clients must start them anew",
                    aside.getFileName(),
                    e);
            try {
                Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException moving) {
                throw new UncheckedIOException("live sequences: a damaged file can't be moved aside", moving);
            }
            return Optional.of(open(file));
        }
    }

    private static MVStore open(Path file) {
        MVStore store = new MVStore.Builder()
                .fileName("retry:" + file) // opened again should a caller's interrupt close it
                .autoCommitDisabled()
                .cacheSize(8)
                .open();
        store.setRetentionTime(0);
        store.setVersionsToKeep(0);
        return store;
    }

    // --- what an earlier process left ---

    private void recover(Recovery recovery) {
        boolean clean = "true".equals(facts.get(CLEAN));
        boolean machineStopped = !clean
                && Durability.PERIODIC.name().equals(facts.get(MODE))
                && !bootId().equals(facts.get(BOOT)); // the logs may have died with its memory
        Map<String, AdvancedLog.Entry> later = clean ? Map.of() : AdvancedLog.readAll(dir);
        List<String> gone = new ArrayList<>();
        int live = 0, lost = 0;
        for (Map.Entry<String, byte[]> each : rows.entrySet()) {
            SequenceRow row = SequenceRow.copyOf(MemorySegment.ofArray(each.getValue()));
            AdvancedLog.Entry entry = later.get(each.getKey());
            if (entry != null && entry.ended()) {
                continue; // told below
            }
            boolean older = entry != null && (entry.incarnation() != row.incarnation() || entry.steps() > row.steps());
            if (machineStopped || older) {
                recovery.lost(key(each.getKey()));
                gone.add(each.getKey());
                lost++;
            } else {
                recovery.live(key(each.getKey()), row);
                live++;
            }
        }
        for (Map.Entry<String, AdvancedLog.Entry> each : later.entrySet()) {
            if (each.getValue().ended()) {
                recovery.ended(key(each.getKey()));
                gone.add(each.getKey());
            } else if (!rows.containsKey(each.getKey())) {
                recovery.lost(key(each.getKey()));
                lost++;
            }
        }
        if (durability == Durability.NONE) {
            rows.clear();
        } else {
            gone.forEach(rows::remove);
        }
        facts.put(CLEAN, "false");
        facts.put(BOOT, bootId());
        facts.put(MODE, durability.name());
        commitAndForce();
        AdvancedLog.deleteAll(dir); // not before what they said is in the file
        if (live + lost > 0) {
            log.info("live sequences: {} go on, {} have lost steps and must begin anew", live, lost);
        }
    }

    private static String bootId() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static SequenceKey key(String text) {
        int at = text.indexOf(SEPARATOR);
        return new SequenceKey(text.substring(0, at), text.substring(at + 1));
    }

    private static String text(SequenceKey key) {
        return key.model() + SEPARATOR + key.id();
    }

    // --- what this one tells ---

    @Override
    public void changed(MemoryStore.Live live, SequenceRow row) {
        switch (durability) {
            case NONE -> {}
            case EVERY_STEP -> {
                rows.put(text(live.key()), bytes(row));
                told.incrementAndGet();
            }
            case PERIODIC -> periodically(live, row.stamp(), false);
        }
    }

    @Override
    public void ended(MemoryStore.Live live) {
        switch (durability) {
            case NONE -> {}
            case EVERY_STEP -> {
                rows.remove(text(live.key()));
                told.incrementAndGet();
            }
            case PERIODIC -> periodically(live, new SequenceRow.Stamp(0, 0), true);
        }
    }

    private void periodically(MemoryStore.Live live, SequenceRow.Stamp stamp, boolean ended) {
        rounds.readLock().lock();
        try {
            if (ended || live.generation != generation) {
                live.generation = generation;
                AdvancedLog current = advanced;
                if (current != null) {
                    current.append(text(live.key()), stamp, ended);
                }
                changed.add(live);
            }
        } finally {
            rounds.readLock().unlock();
        }
    }

    private static byte[] bytes(SequenceRow row) {
        return row.memory().toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public void await() {
        if (durability != Durability.EVERY_STEP) {
            return;
        }
        long mine = told.get();
        committing.lock();
        try {
            while (durable < mine) {
                if (busy) {
                    committed.awaitUninterruptibly();
                    continue;
                }
                busy = true;
                long most = told.get();
                committing.unlock();
                try {
                    commitAndForce();
                } finally {
                    committing.lock();
                    busy = false;
                    committed.signalAll();
                }
                durable = Math.max(durable, most);
            }
        } finally {
            committing.unlock();
        }
    }

    private void commitAndForce() {
        store.commit();
        store.sync();
    }

    // --- the periodic writer ---

    private void write() {
        while (!closed) {
            try {
                if (stopping.await(interval.toNanos(), TimeUnit.NANOSECONDS)) {
                    return;
                }
                round();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                log.error("live sequences: what changed couldn't be written; the next round tries again", e);
            }
        }
    }

    /** Writes what changed since the last one. */
    private synchronized void round() {
        Set<MemoryStore.Live> mine;
        AdvancedLog before;
        if (changed.isEmpty()) {
            return;
        }
        AdvancedLog next = AdvancedLog.create(dir, generation + 1);
        rounds.writeLock().lock();
        try {
            mine = changed;
            before = advanced;
            changed = ConcurrentHashMap.newKeySet();
            generation++;
            advanced = next;
        } finally {
            rounds.writeLock().unlock();
        }
        boolean written = false;
        try {
            put(mine.stream());
            commitAndForce();
            written = true;
        } finally {
            if (!written) { // its log stays, and the next round writes its rows again
                rounds.writeLock().lock();
                try {
                    changed.addAll(mine);
                } finally {
                    rounds.writeLock().unlock();
                }
            }
        }
        if (before != null) {
            before.delete();
        }
        store.compact(FILL_RATE, Math.toIntExact(COMMIT_BYTES));
    }

    private void put(Stream<MemoryStore.Live> live) {
        long[] bytes = {0};
        live.forEach(each -> {
            SequenceRow row = each.rowToWrite();
            String key = text(each.key());
            if (row != null) {
                rows.put(key, bytes(row));
                bytes[0] += row.bytes();
            } else if (!each.isSucceeded()) { // else its successor's row comes in its place
                rows.remove(key);
            }
            if (bytes[0] > COMMIT_BYTES) {
                store.commit();
                bytes[0] = 0;
            }
        });
    }

    @Override
    public void close(Supplier<Stream<MemoryStore.Live>> live) {
        closed = true;
        stopping.countDown(); // never an interrupt: in the middle of a write it would close the file
        synchronized (this) { // a round under way
            if (durability == Durability.PERIODIC) {
                put(changed.stream());
            } else if (durability == Durability.NONE) {
                put(live.get());
            }
            facts.put(CLEAN, "true");
            commitAndForce();
            AdvancedLog current = advanced;
            if (current != null) {
                current.close();
            }
            AdvancedLog.deleteAll(dir);
            store.close();
        }
    }
}
