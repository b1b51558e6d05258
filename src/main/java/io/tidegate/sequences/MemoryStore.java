package io.tidegate.sequences;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.sequences.SequenceRow.Stamp;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Live sequences in this process: rows in {@link Slabs}, an index by model and id, expiry by a {@link Wheel} with one owner, and
 * a {@link Journal} for what must outlive the process.
 *
 * <p>One lock a sequence, held for a copy of its row; none that all share.
 */
final class MemoryStore implements SequenceStore {

    /** What a sequence takes on the Java heap beside its slot: its entry here, its id, its place in the index. */
    static final int BOOKKEEPING = 256;

    private static final Logger log = LoggerFactory.getLogger(MemoryStore.class);

    private static final Duration KEPT_FOR_RETRIES = Duration.ofMinutes(1);
    private static final long MOST_KEPT_FOR_RETRIES = 128L << 20; // bytes

    /** What is known of an id that isn't live. */
    private record Past(Kind kind, long idleNanos, long at) {
        enum Kind {
            ENDED,
            EXPIRED,
            LOST
        }
    }

    /** A model's live sequences. */
    static final class OfModel {
        final String name;
        final ConcurrentHashMap<String, Live> byId = new ConcurrentHashMap<>();
        final ConcurrentHashMap<Integer, AtomicLong> byVersion = new ConcurrentHashMap<>();
        final AtomicLong bytes = new AtomicLong();

        OfModel(String name) {
            this.name = name;
        }

        void count(int version, int by) {
            byVersion.computeIfAbsent(version, _ -> new AtomicLong()).addAndGet(by);
        }
    }

    /** One live sequence; what changes is guarded by itself. */
    static final class Live extends Wheel.Entry {
        private final OfModel model;
        private final String id;
        private Slabs.Slot slot;
        private int rowBytes;
        private int version;
        private boolean dead;
        private volatile long askedFor; // nanoseconds
        long generation = -1; // of the journal, when it last heard of a change

        Live(OfModel model, String id, Slabs.Slot slot) {
            this.model = model;
            this.id = id;
            this.slot = slot;
        }

        SequenceKey key() {
            return new SequenceKey(model.name, id);
        }

        private void write(SequenceRow row) {
            rowBytes = Math.toIntExact(row.bytes());
            version = row.version();
            slot.memory(rowBytes).copyFrom(row.memory());
        }

        private SequenceRow read() {
            return SequenceRow.copyOf(slot.memory(rowBytes));
        }

        /** The row now, for the journal, which must hear of the very next change; null if it isn't live any more. */
        synchronized @Nullable SequenceRow rowToWrite() {
            generation = -1;
            return dead ? null : read();
        }

        /** The row now; null if it isn't live any more. */
        synchronized @Nullable SequenceRow row() {
            return dead ? null : read();
        }

        /** Whether another sequence of that id is live by now. */
        boolean isSucceeded() {
            Live now = model.byId.get(id);
            return now != null && now != this;
        }

        private Stamp stamp() {
            return SequenceRow.stamp(slot.memory(SequenceRow.HEADER));
        }
    }

    private final TidegateProperties.Sequences settings;
    private final Predicate<SequenceKey> busy;
    private final Sequences.Gone gone;
    private final LongSupplier nanos;
    private final long origin;
    private final Slabs slabs = new Slabs();
    private final Map<String, OfModel> models = new ConcurrentHashMap<>();
    private final AtomicLong bytes = new AtomicLong();
    private final Cache<SequenceKey, Past> past;
    private final Cache<SequenceKey, SequenceRow> ended;
    private final Wheel<Live> wheel;
    private final long tickNanos;
    private final Journal journal;
    private final @Nullable Thread owner;
    private volatile long lastTick;
    private volatile boolean closed;

    /** @param nanos a clock; with {@code ownThread} false nothing expires but in {@link #tick} */
    MemoryStore(
            TidegateProperties.Sequences settings,
            Journal.Opening journal,
            Predicate<SequenceKey> busy,
            Sequences.Gone gone,
            LongSupplier nanos,
            boolean ownThread) {
        this.settings = settings;
        this.busy = busy;
        this.gone = gone;
        this.nanos = nanos;
        this.origin = nanos.getAsLong();
        Ticker ticker = nanos::getAsLong;
        this.past = Caffeine.newBuilder()
                .expireAfterWrite(settings.remember())
                .maximumSize(settings.maxRemembered())
                .ticker(ticker)
                .build();
        this.ended = Caffeine.newBuilder()
                .expireAfterWrite(KEPT_FOR_RETRIES)
                .maximumWeight(MOST_KEPT_FOR_RETRIES)
                .weigher((SequenceKey _, SequenceRow row) -> Math.toIntExact(row.bytes()) + BOOKKEEPING)
                .ticker(ticker)
                .build();
        this.tickNanos = Wheel.tickNanos(shortestIdle(settings).toNanos());
        this.wheel = new Wheel<>(tickNanos, 0);
        this.lastTick = now();
        this.journal = journal.open(new Journal.Recovery() {
            @Override
            public void live(SequenceKey key, SequenceRow row) {
                adopt(key, row);
            }

            @Override
            public void lost(SequenceKey key) {
                past.put(key, new Past(Past.Kind.LOST, 0, now()));
            }

            @Override
            public void ended(SequenceKey key) {
                past.put(key, new Past(Past.Kind.ENDED, 0, now()));
            }
        });
        this.owner =
                ownThread ? Thread.ofPlatform().daemon().name("sequence-expiry").start(this::own) : null;
    }

    private static Duration shortestIdle(TidegateProperties.Sequences settings) {
        return settings.models().keySet().stream()
                .map(settings::idle)
                .min(Comparator.naturalOrder())
                .filter(idle -> idle.compareTo(settings.idle()) < 0)
                .orElse(settings.idle());
    }

    /** Nanoseconds since this store was made. */
    private long now() {
        return nanos.getAsLong() - origin;
    }

    private void adopt(SequenceKey key, SequenceRow row) {
        OfModel model = model(key.model());
        long taken = BOOKKEEPING + Slabs.slotBytes(row.bytes());
        bytes.addAndGet(taken);
        model.bytes.addAndGet(taken);
        Live live = new Live(model, key.id(), slabs.take(row.bytes()));
        live.askedFor = now();
        live.write(row);
        model.byId.put(key.id(), live);
        model.count(live.version, 1);
        wheel.add(live, live.askedFor + idleNanos(model));
    }

    private OfModel model(String name) {
        OfModel known = models.get(name);
        return known != null ? known : models.computeIfAbsent(name, OfModel::new);
    }

    private @Nullable Live live(SequenceKey key) {
        OfModel model = models.get(key.model());
        return model == null ? null : model.byId.get(key.id());
    }

    @Override
    public Found find(SequenceKey key) {
        Live live = live(key);
        if (live != null) {
            live.askedFor = now();
            SequenceRow row = live.row();
            if (row != null) {
                return new Found.Live(row);
            }
        }
        Past known = past.getIfPresent(key);
        if (known == null) {
            return new Found.Unknown();
        }
        return switch (known.kind()) {
            case ENDED -> new Found.Ended(copy(ended.getIfPresent(key)));
            case EXPIRED -> new Found.Expired(Duration.ofNanos(known.idleNanos() + now() - known.at()));
            case LOST -> new Found.Lost();
        };
    }

    private static @Nullable SequenceRow copy(@Nullable SequenceRow row) {
        return row == null ? null : row.copy();
    }

    @Override
    public boolean put(SequenceKey key, @Nullable Stamp seen, SequenceRow next) {
        boolean kept = seen == null ? begin(key, next) : replace(key, seen, next);
        if (kept) {
            journal.await();
        }
        return kept;
    }

    private boolean begin(SequenceKey key, SequenceRow row) {
        OfModel model = model(key.model());
        if (model.byId.containsKey(key.id())) {
            return false;
        }
        reserve(key, model, BOOKKEEPING + Slabs.slotBytes(row.bytes()));
        Live live = new Live(model, key.id(), slabs.take(row.bytes()));
        synchronized (live) {
            live.askedFor = now();
            live.write(row);
            if (model.byId.putIfAbsent(key.id(), live) != null) {
                live.dead = true;
                release(live);
                return false;
            }
            model.count(live.version, 1);
            try {
                journal.changed(live, row);
            } catch (RuntimeException e) {
                drop(live);
                throw e;
            }
        }
        wheel.add(live, live.askedFor + idleNanos(model));
        past.invalidate(key);
        ended.invalidate(key);
        return true;
    }

    private void reserve(SequenceKey key, OfModel model, long taken) {
        long mostOfModel = settings.maxBytes(key.model()).toBytes();
        if (model.bytes.addAndGet(taken) > mostOfModel) {
            model.bytes.addAndGet(-taken);
            boolean own = settings.models().containsKey(key.model());
            throw new SequenceException.Limit(
                    key,
                    (own
                                    ? "tidegate.sequences.models." + key.model() + ".max-bytes"
                                    : "tidegate.sequences.max-model-bytes")
                            + ", " + mostOfModel + ",");
        }
        long most = settings.maxBytes().toBytes();
        if (bytes.addAndGet(taken) > most) {
            bytes.addAndGet(-taken);
            model.bytes.addAndGet(-taken);
            throw new SequenceException.Limit(key, "tidegate.sequences.max-bytes, " + most + ",");
        }
    }

    private void release(Live live) {
        long taken = BOOKKEEPING + Slabs.slotBytes(live.rowBytes);
        bytes.addAndGet(-taken);
        live.model.bytes.addAndGet(-taken);
        live.slot.free();
    }

    private boolean replace(SequenceKey key, Stamp seen, SequenceRow next) {
        Live live = live(key);
        if (live == null) {
            return false;
        }
        int before;
        synchronized (live) {
            if (live.dead || !live.stamp().equals(seen)) {
                return false;
            }
            if (seen.incarnation() != next.incarnation()) {
                live.generation = -1;
            }
            journal.changed(live, next); // first: where that fails, nothing has changed
            before = live.version;
            long change = Slabs.slotBytes(next.bytes()) - Slabs.slotBytes(live.rowBytes);
            if (change != 0) { // a live sequence is never refused: its row may grow beyond the limit
                Slabs.Slot larger = slabs.take(next.bytes());
                live.slot.free();
                live.slot = larger;
                bytes.addAndGet(change);
                live.model.bytes.addAndGet(change);
            }
            live.write(next);
            if (seen.incarnation() != next.incarnation()) {
                live.model.count(before, -1);
                live.model.count(next.version(), 1);
            }
        }
        if (seen.incarnation() != next.incarnation()) {
            gone.gone(key, before, false);
        }
        return true;
    }

    @Override
    public boolean end(SequenceKey key, Stamp seen, @Nullable SequenceRow last) {
        Live live = live(key);
        if (live == null) {
            return false;
        }
        synchronized (live) {
            if (live.dead || !live.stamp().equals(seen)) {
                return false;
            }
            journal.ended(live); // while nobody can begin another
            past.put(key, new Past(Past.Kind.ENDED, 0, now()));
            if (last != null) {
                ended.put(key, last.copy());
            }
            drop(live);
        }
        wheel.remove(live);
        gone.gone(key, live.version, false);
        journal.await();
        return true;
    }

    /** Under its lock. */
    private void drop(Live live) {
        live.dead = true;
        live.model.byId.remove(live.id, live);
        live.model.count(live.version, -1);
        release(live);
    }

    private long idleNanos(OfModel model) {
        return settings.idle(model.name).toNanos();
    }

    // --- expiry: the wheel's one owner ---

    private void own() {
        while (!closed) {
            try {
                Thread.sleep(Duration.ofNanos(tickNanos));
                tick();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                log.error("live sequences: a round of expiry failed; the next one goes on", e);
            }
        }
    }

    /** Gives up what nobody asked for. */
    void tick() {
        long now = now();
        wheel.tick(now, this::due);
        lastTick = now;
    }

    private long due(Live live, long now) {
        long due = live.askedFor + idleNanos(live.model);
        if (due > now) {
            return due;
        }
        if (busy.test(live.key())) {
            return now;
        }
        synchronized (live) {
            if (live.dead) {
                return -1;
            }
            due = live.askedFor + idleNanos(live.model);
            if (due > now) {
                return due;
            }
            journal.ended(live);
            past.put(live.key(), new Past(Past.Kind.EXPIRED, now - live.askedFor, now));
            drop(live);
        }
        gone.gone(live.key(), live.version, true);
        return -1;
    }

    /** How long ago the last round of expiry was: much longer than a second, and its owner is in trouble. */
    Duration sinceLastTick() {
        return Duration.ofNanos(now() - lastTick);
    }

    // --- looking ---

    @Override
    public List<Entry> list(String name, int limit, @Nullable String after) {
        OfModel model = models.get(name);
        if (model == null) {
            return List.of();
        }
        long now = now();
        return model.byId.values().stream()
                .filter(live -> after == null || live.id.compareTo(after) > 0)
                .sorted(Comparator.comparing(live -> live.id))
                .limit(limit)
                .flatMap(live -> entry(live, now).stream())
                .toList();
    }

    private static Optional<Entry> entry(Live live, long now) {
        synchronized (live) {
            if (live.dead) {
                return Optional.empty();
            }
            Duration idle = Duration.ofNanos(Math.max(0, now - live.askedFor));
            long taken = BOOKKEEPING + Slabs.slotBytes(live.rowBytes);
            return Optional.of(new Entry(live.id, live.version, live.stamp().steps(), idle, taken));
        }
    }

    @Override
    public long count(String name, int version) {
        OfModel model = models.get(name);
        AtomicLong count = model == null ? null : model.byVersion.get(version);
        return count == null ? 0 : count.get();
    }

    @Override
    public Map<String, Usage> usage() {
        Map<String, Usage> usage = new TreeMap<>();
        models.forEach((name, model) -> usage.put(name, new Usage(model.byId.mappingCount(), model.bytes.get())));
        return usage;
    }

    @Override
    public void close() {
        closed = true;
        if (owner != null) {
            owner.interrupt();
        }
        journal.close(() -> models.values().stream().flatMap(model -> model.byId.values().stream()));
        slabs.close();
    }
}
