package io.tidegate.sequences;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.sequences.Journal.Over;
import io.tidegate.sequences.SequenceRow.Stamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Live sequences in this process, all that is known of each in a slot of {@link Slabs}: an index by model and id, expiry by timer
 * wheels with one owner, and a {@link Journal} for what must outlive the process.
 *
 * <p>They are spread over {@link Shard}s, whose lock is held for a copy of a row.
 */
final class MemoryStore implements SequenceStore {

    /** What a sequence takes beside its slot, in bytes: its place in an index that is three eighths full at worst. */
    static final int BOOKKEEPING = 24;

    private static final Logger log = LoggerFactory.getLogger(MemoryStore.class);

    private static final int SHARDS = 64;
    private static final Duration KEPT_FOR_RETRIES = Duration.ofMinutes(1);
    private static final long MOST_KEPT_FOR_RETRIES = 128L << 20; // bytes
    private static final int CACHE_ENTRY = 256; // bytes, about

    /** What is known of an id that isn't live. */
    private record Past(Kind kind, long idleNanos, long at) {
        enum Kind {
            ENDED,
            EXPIRED,
            LOST
        }
    }

    /** What its live sequences have in common. */
    private static final class OfModel {
        private final String name;
        private final int number;
        private final AtomicLong sequences = new AtomicLong();
        private final AtomicLong bytes = new AtomicLong();
        private final ConcurrentHashMap<Integer, AtomicLong> byVersion = new ConcurrentHashMap<>();

        OfModel(String name, int number) {
            this.name = name;
            this.number = number;
        }

        private void count(int version, int by) {
            byVersion.computeIfAbsent(version, _ -> new AtomicLong()).addAndGet(by);
        }
    }

    private final TidegateProperties.Sequences settings;
    private final Predicate<SequenceKey> busy;
    private final Consumer<SequenceKey> expired;
    private final LongSupplier nanos;
    private final long origin;
    private final long seed = ThreadLocalRandom.current().nextLong();
    private final Slabs slabs = new Slabs();
    private final Shard[] shards = new Shard[SHARDS];
    private final Map<String, OfModel> models = new ConcurrentHashMap<>();
    private final List<OfModel> byNumber = new CopyOnWriteArrayList<>();
    private final AtomicLong bytes = new AtomicLong();
    private final Cache<SequenceKey, Past> past;
    private final Cache<SequenceKey, SequenceRow> ended;
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
            Consumer<SequenceKey> expired,
            LongSupplier nanos,
            boolean ownThread) {
        this.settings = settings;
        this.busy = busy;
        this.expired = expired;
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
                .weigher((SequenceKey _, SequenceRow row) -> Math.toIntExact(row.bytes()) + CACHE_ENTRY)
                .ticker(ticker)
                .build();
        this.tickNanos = Wheel.tickNanos(shortestIdle(settings).toNanos());
        for (int k = 0; k < SHARDS; k++) {
            shards[k] = new Shard(slabs, tickNanos);
        }
        this.lastTick = now();
        this.journal = journal.open(new ForJournal());
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

    // --- where things are ---

    private OfModel model(String name) {
        OfModel known = models.get(name);
        return known != null
                ? known
                : models.computeIfAbsent(name, _ -> {
                    OfModel model = new OfModel(name, byNumber.size());
                    byNumber.add(model);
                    return model;
                });
    }

    private OfModel model(Live live) {
        return byNumber.get(live.model());
    }

    private SequenceKey key(Live live) {
        return new SequenceKey(model(live).name, live.id());
    }

    private @Nullable Id known(SequenceKey key) {
        OfModel model = models.get(key.model());
        return model == null ? null : Id.of(model.number, key.id(), seed);
    }

    private Shard shard(int hash) {
        return shards[hash & SHARDS - 1];
    }

    private long due(Live live) {
        return live.askedFor() + settings.idle(model(live).name).toNanos();
    }

    // --- what a sequence takes ---

    private static long taken(Id id, SequenceRow row) {
        return BOOKKEEPING + Slabs.slotBytes(Live.bytes(id.bytes().length, row.bytes()));
    }

    private static long taken(Live live) {
        return BOOKKEEPING + live.slotBytes();
    }

    private void take(OfModel model, long taken) {
        bytes.addAndGet(taken);
        model.bytes.addAndGet(taken);
    }

    private void reserve(SequenceKey key, OfModel model, long taken) {
        take(model, taken);
        String setting;
        long most = settings.maxBytes(key.model()).toBytes();
        if (model.bytes.get() > most) {
            boolean own = settings.models().containsKey(key.model());
            setting = own
                    ? "tidegate.sequences.models." + key.model() + ".max-bytes"
                    : "tidegate.sequences.max-model-bytes";
        } else if (bytes.get() > (most = settings.maxBytes().toBytes())) {
            setting = "tidegate.sequences.max-bytes";
        } else {
            return;
        }
        take(model, -taken);
        throw new SequenceException.Limit(key, setting + ", " + most + ",");
    }

    // --- steps ---

    @Override
    public Found find(SequenceKey key) {
        journal.check();
        Id id = known(key);
        if (id != null) {
            Shard shard = shard(id.hash());
            synchronized (shard) {
                Live live = shard.find(id);
                if (live != null) {
                    live.askedFor(now());
                    return new Found.Live(SequenceRow.copyOf(live.row()));
                }
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
        Id id = Id.of(model.number, key.id(), seed);
        Shard shard = shard(id.hash());
        synchronized (shard) {
            if (shard.find(id) != null) {
                return false;
            }
            long taken = taken(id, row);
            reserve(key, model, taken);
            Live live = Live.made(slabs, id, row);
            try {
                journal.changed(key, live, row);
            } catch (RuntimeException e) {
                slabs.free(live.slot());
                take(model, -taken);
                throw e;
            }
            add(model, live);
            past.invalidate(key);
            ended.invalidate(key);
        }
        return true;
    }

    private void add(OfModel model, Live live) {
        model.sequences.incrementAndGet();
        model.count(live.version(), 1);
        live.askedFor(now());
        shard(live.hash()).add(live, due(live));
    }

    private boolean replace(SequenceKey key, Stamp seen, SequenceRow next) {
        Id id = known(key);
        if (id == null) {
            return false;
        }
        Shard shard = shard(id.hash());
        synchronized (shard) {
            Live live = shard.find(id);
            if (live == null || !live.stamp().equals(seen)) {
                return false;
            }
            journal.changed(key, live, next); // first: where that fails, nothing has changed
            if (seen.incarnation() != next.incarnation()) {
                model(live).count(live.version(), -1);
                model(live).count(next.version(), 1);
            }
            write(shard, live, id, next); // into another slot, perhaps
        }
        return true;
    }

    /** A live sequence is never refused: its row may grow beyond the limit. */
    private void write(Shard shard, Live live, Id id, SequenceRow next) {
        long change = taken(id, next) - taken(live);
        if (change == 0) {
            live.row(next);
            return;
        }
        OfModel model = model(live);
        shard.moved(live, next.bytes(), due(live)).row(next);
        take(model, change);
    }

    @Override
    public boolean end(SequenceKey key, Stamp seen, @Nullable SequenceRow last) {
        Id id = known(key);
        if (id == null) {
            return false;
        }
        Shard shard = shard(id.hash());
        synchronized (shard) {
            Live live = shard.find(id);
            if (live == null || !live.stamp().equals(seen)) {
                return false;
            }
            journal.over(key, new Over(Instant.now(), null)); // while nobody can begin another
            past.put(key, new Past(Past.Kind.ENDED, 0, now()));
            if (last != null) {
                ended.put(key, last.copy());
            }
            remove(shard, live);
        }
        journal.await();
        return true;
    }

    private void remove(Shard shard, Live live) {
        OfModel model = model(live);
        model.sequences.decrementAndGet();
        model.count(live.version(), -1);
        take(model, -taken(live));
        shard.remove(live);
    }

    // --- expiry: one owner of all wheels ---

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
        for (Shard shard : shards) {
            boolean more = true;
            while (more) {
                more = giveUp(shard, now);
            }
        }
        lastTick = now;
    }

    /** @return false if no more may be due */
    private boolean giveUp(Shard shard, long now) {
        SequenceKey key;
        synchronized (shard) {
            Live live = shard.next(now);
            if (live == null) {
                return false;
            }
            long due = due(live);
            if (due > now) {
                shard.delay(live, due);
                return true;
            }
            key = key(live);
            if (busy.test(key)) {
                shard.delay(live, now);
                return true;
            }
            long idle = now - live.askedFor();
            try {
                journal.over(key, new Over(Instant.now(), Duration.ofNanos(idle)));
            } catch (RuntimeException e) {
                shard.delay(live, now);
                throw e;
            }
            past.put(key, new Past(Past.Kind.EXPIRED, idle, now));
            remove(shard, live);
        }
        expired.accept(key);
        return true;
    }

    /** How long ago the last round of expiry was: much longer than a second, and its owner is in trouble. */
    Duration sinceLastTick() {
        return Duration.ofNanos(now() - lastTick);
    }

    // --- looking ---

    @Override
    public List<Entry> list(String name, int limit, @Nullable String after) {
        OfModel model = models.get(name);
        if (model == null || limit < 1) {
            return List.of();
        }
        long now = now();
        PriorityQueue<Entry> first =
                new PriorityQueue<>(Comparator.comparing(Entry::id).reversed());
        each(live -> {
            if (live.model() != model.number) {
                return;
            }
            String id = live.id();
            if (after != null && id.compareTo(after) <= 0) {
                return;
            }
            if (first.size() == limit) {
                if (id.compareTo(first.element().id()) > 0) {
                    return;
                }
                first.remove();
            }
            Duration idle = Duration.ofNanos(Math.max(0, now - live.askedFor()));
            first.add(new Entry(id, live.version(), live.stamp().steps(), idle, taken(live)));
        });
        List<Entry> page = new ArrayList<>(first);
        page.sort(Comparator.comparing(Entry::id));
        return page;
    }

    private void each(Consumer<Live> action) {
        for (Shard shard : shards) {
            synchronized (shard) {
                shard.forEach(action);
            }
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
        models.forEach((name, model) -> usage.put(name, new Usage(model.sequences.get(), model.bytes.get())));
        return usage;
    }

    @Override
    public void requireServing() {
        journal.requireWriting();
    }

    @Override
    public void close() {
        closed = true;
        if (owner != null) {
            owner.interrupt();
        }
        journal.close();
        slabs.close();
    }

    // --- for the journal ---

    private final class ForJournal implements Journal.Rows {

        @Override
        public void live(SequenceKey key, SequenceRow row, int segment) {
            forget(key);
            past.invalidate(key);
            OfModel model = model(key.model());
            Id id = Id.of(model.number, key.id(), seed);
            Live live = Live.made(slabs, id, row);
            live.segment(segment);
            take(model, taken(live));
            synchronized (shard(id.hash())) {
                add(model, live);
            }
        }

        private void forget(SequenceKey key) {
            at(key, live -> {
                if (live != null) {
                    remove(shard(live.hash()), live);
                }
            });
        }

        @Override
        public void lost(SequenceKey key) {
            forget(key);
            past.put(key, new Past(Past.Kind.LOST, 0, now()));
        }

        @Override
        public void over(SequenceKey key, Over over) {
            forget(key);
            Duration since = Duration.between(over.at(), Instant.now());
            if (since.compareTo(settings.remember()) < 0) {
                past.put(
                        key,
                        over.idle() == null
                                ? new Past(Past.Kind.ENDED, 0, now())
                                : new Past(
                                        Past.Kind.EXPIRED,
                                        over.idle().plus(since).toNanos(),
                                        now()));
            } else {
                past.invalidate(key);
            }
        }

        @Override
        public void allLost() {
            List<SequenceKey> all = new ArrayList<>();
            MemoryStore.this.each(live -> all.add(key(live)));
            all.forEach(this::lost);
        }

        @Override
        public SequenceKey key(Live live) {
            return MemoryStore.this.key(live);
        }

        @Override
        public void toWrite(Live live) {
            shard(live.hash()).toWrite(live);
        }

        @Override
        public void eachToWrite(Consumer<Live> write) {
            for (Shard shard : shards) {
                shard.eachToWrite(write);
            }
        }

        @Override
        public void each(Consumer<Live> write) {
            MemoryStore.this.each(write);
        }

        @Override
        public void at(SequenceKey key, Consumer<@Nullable Live> then) {
            Id id = Id.of(model(key.model()).number, key.id(), seed);
            Shard shard = shard(id.hash());
            synchronized (shard) {
                then.accept(shard.find(id));
            }
        }

        @Override
        public boolean remembers(SequenceKey key) {
            return past.getIfPresent(key) != null;
        }

        @Override
        public long bytes() {
            return bytes.get();
        }
    }
}
