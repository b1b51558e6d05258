package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.inference.Failure;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.platform.TidegateProperties.Sequences.Durability;
import io.tidegate.platform.TidegateProperties.Sequences.Store;
import io.tidegate.sequences.SequenceStore.Found;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.util.unit.DataSize;

class MemoryStoreTest extends SequenceStoreContract {

    @TempDir
    private Path dataDir;

    private static final SequenceKey KEY = new SequenceKey("m", "7");

    private final List<SequenceKey> expired = new CopyOnWriteArrayList<>();
    private final AtomicLong incarnations = new AtomicLong(1);
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000_000); // a clock that overflows soon
    private final Set<SequenceKey> busy = ConcurrentHashMap.newKeySet();
    private final MemoryStore store = store(DataSize.ofMegabytes(10));

    private MemoryStore store(DataSize most) {
        return new MemoryStore(settings(most), _ -> Journal.NONE, busy::contains, expired::add, nanos::get, false);
    }

    static TidegateProperties.Sequences settings(DataSize most) {
        return new TidegateProperties.Sequences(
                Store.MEMORY,
                Durability.NONE,
                Duration.ofSeconds(1),
                Duration.ofMinutes(10),
                most,
                most,
                Map.of("brief", new TidegateProperties.SequenceLimits(Duration.ofSeconds(30), null)),
                Duration.ofHours(1),
                1000,
                "",
                "",
                "redis://localhost");
    }

    @Override
    protected SequenceStore open() {
        return store;
    }

    @Override
    protected void passIdleTime() {
        pass(Duration.ofSeconds(40));
    }

    private SequenceRow row(int version, long steps) {
        SequenceRow row = SequenceRow.ofBytes(SequenceRow.HEADER + 200);
        row.incarnation(incarnations.incrementAndGet());
        row.version(version);
        row.steps(steps);
        return row;
    }

    private static SequenceRow next(SequenceRow row) {
        SequenceRow next = row.copy();
        next.steps(row.steps() + 1);
        return next;
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
        store.tick();
    }

    @Test
    void aSequenceThatNobodyAsksForExpiresAndSaysForHowLong() {
        store.put(KEY, null, row(1, 1));
        pass(Duration.ofMinutes(9));
        live(KEY); // asked for
        pass(Duration.ofMinutes(9));
        live(KEY);
        pass(Duration.ofMinutes(11));
        assertThat(store.find(KEY))
                .isInstanceOfSatisfying(
                        Found.Expired.class,
                        expired ->
                                assertThat(expired.idle()).isBetween(Duration.ofMinutes(10), Duration.ofMinutes(11)));
        assertThat(expired).containsExactly(KEY);
        assertThat(store.usage().get("m")).isEqualTo(new SequenceStore.Usage(0, 0));
        pass(Duration.ofMinutes(61));
        assertThat(store.find(KEY)).isInstanceOf(Found.Unknown.class);
    }

    @Test
    void aSequenceWithAStepUnderWayDoesNotExpire() {
        store.put(KEY, null, row(1, 1));
        busy.add(KEY);
        pass(Duration.ofMinutes(30));
        assertThat(expired).isEmpty();
        busy.remove(KEY);
        pass(Duration.ofSeconds(5));
        assertThat(expired).containsExactly(KEY);
    }

    @Test
    void theLastRowIsKeptForAMinute() {
        SequenceRow row = row(1, 1);
        store.put(KEY, null, row);
        store.end(KEY, row.stamp(), next(row));
        nanos.addAndGet(Duration.ofSeconds(61).toNanos());
        assertThat(store.find(KEY))
                .isInstanceOfSatisfying(
                        Found.Ended.class, ended -> assertThat(ended.last()).isNull());
    }

    @Test
    void aStartBeyondTheLimitIsRefusedAndLiveOnesGoOn() {
        MemoryStore small =
                store(DataSize.ofBytes(10 * (MemoryStore.BOOKKEEPING + Slabs.slotBytes(Live.bytes(3, 296)))));
        SequenceRow[] rows = new SequenceRow[10];
        for (int k = 0; k < 10; k++) {
            rows[k] = row(1, 1);
            small.put(new SequenceKey("m", "s" + k), null, rows[k]);
        }
        assertThatThrownBy(() -> small.put(KEY, null, row(1, 1)))
                .isInstanceOfSatisfying(
                        SequenceException.Limit.class,
                        limit -> assertThat(limit.kind()).isEqualTo(Failure.Kind.EXHAUSTED))
                .hasMessageContaining("tidegate.sequences.max-model-bytes");
        for (int k = 0; k < 10; k++) {
            assertThat(small.put(new SequenceKey("m", "s" + k), rows[k].stamp(), next(rows[k])))
                    .isTrue();
        }
        small.end(new SequenceKey("m", "s3"), next(rows[3]).stamp(), null);
        assertThat(small.put(KEY, null, row(1, 1))).isTrue();
        small.close();
    }

    @Test
    void aNewRowNeverSeesWhatADeadOneLeft() {
        SequenceRow poisoned = row(1, 1);
        poisoned.memory().asSlice(SequenceRow.HEADER).fill((byte) 0xff);
        store.put(KEY, null, poisoned);
        store.end(KEY, poisoned.stamp(), null);
        Slabs slabs = new Slabs();
        int slot = slabs.take(300);
        slabs.memory(slot).fill((byte) 0xff);
        slabs.free(slot);
        assertThat(slabs.memory(slabs.take(300)).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
                .containsOnly(0);
    }

    @Test
    void aHundredThousandSequencesTakeWhatTheyAreCountedFor() {
        MemoryStore large = store(DataSize.ofGigabytes(1));
        for (int k = 0; k < 100_000; k++) {
            large.put(new SequenceKey("m", Integer.toString(k)), null, row(1, 1));
        }
        SequenceStore.Usage usage = large.usage().get("m");
        assertThat(usage.sequences()).isEqualTo(100_000);
        assertThat(usage.bytes()).isEqualTo(100_000L * (MemoryStore.BOOKKEEPING + 352));
        for (int k = 0; k < 100_000; k++) {
            SequenceKey key = new SequenceKey("m", Integer.toString(k));
            SequenceRow row = ((Found.Live) large.find(key)).row();
            assertThat(large.end(key, row.stamp(), null)).isTrue();
        }
        assertThat(large.usage().get("m").bytes()).isZero();
        large.close();
    }

    /** Against a plain model of what expiry means: never early, never while busy, and within two ticks when it is due. */
    @Test
    void expiryIsNeitherEarlyNorLate() {
        SplittableRandom random = new SplittableRandom(3);
        Map<SequenceKey, Long> asked = new HashMap<>(), freed = new HashMap<>();
        Duration tick = Duration.ofNanos(Wheel.tickNanos(Duration.ofSeconds(30).toNanos()));
        for (int round = 0; round < 20_000; round++) {
            SequenceKey key = new SequenceKey(random.nextBoolean() ? "brief" : "m", "" + random.nextInt(50));
            switch (random.nextInt(6)) {
                case 0 -> {
                    if (asked.containsKey(key)) {
                        busy.add(key);
                    }
                }
                case 1 -> {
                    if (busy.remove(key)) {
                        freed.put(key, nanos.get());
                    }
                }
                case 2 -> {
                    if (store.find(key) instanceof Found.Live) {
                        asked.put(key, nanos.get());
                    }
                }
                case 3 -> {
                    if (store.find(key) instanceof Found.Live || store.put(key, null, row(1, 1))) {
                        asked.put(key, nanos.get());
                    }
                }
                default -> pass(Duration.ofMillis(random.nextInt(1, 4000)));
            }
            Set<SequenceKey> live = new HashSet<>();
            for (String model : Set.of("brief", "m")) {
                store.list(model, 1000, null).forEach(entry -> live.add(new SequenceKey(model, entry.id())));
            }
            asked.entrySet().removeIf(each -> {
                Duration idle = Duration.ofNanos(nanos.get() - each.getValue());
                Duration limit =
                        each.getKey().model().equals("brief") ? Duration.ofSeconds(30) : Duration.ofMinutes(10);
                if (live.contains(each.getKey())) {
                    Duration since = Duration.ofNanos(nanos.get() - freed.getOrDefault(each.getKey(), each.getValue()));
                    Duration grace = tick.multipliedBy(2).plusSeconds(4);
                    assertThat(idle.compareTo(limit.plus(grace)) < 0
                                    || busy.contains(each.getKey())
                                    || since.compareTo(grace) < 0)
                            .as("%s idle %s", each.getKey(), idle)
                            .isTrue();
                    return false;
                }
                assertThat(idle).isGreaterThanOrEqualTo(limit);
                return true;
            });
            busy.retainAll(asked.keySet());
        }
    }

    @ParameterizedTest
    @EnumSource(Durability.class)
    void aGracefulStopKeepsEverySequence(Durability durability) {
        MemoryStore before = durable(durability);
        SequenceRow row = row(1, 1);
        before.put(KEY, null, row);
        before.put(KEY, row.stamp(), next(row));
        SequenceRow ended = row(1, 1);
        before.put(new SequenceKey("m", "8"), null, ended);
        before.end(new SequenceKey("m", "8"), ended.stamp(), null);
        before.close();
        MemoryStore after = durable(durability);
        assertThat(((Found.Live) after.find(KEY))
                        .row()
                        .memory()
                        .mismatch(next(row).memory()))
                .isEqualTo(-1);
        assertThat(after.find(new SequenceKey("m", "8"))).isNotInstanceOf(Found.Live.class);
        assertThat(after.count("m", 1)).isEqualTo(1);
        after.close();
    }

    @Test
    void processesThatShareADataDirectoryKeepFilesOfTheirOwn() {
        MemoryStore one = durable(Durability.EVERY_STEP), other = durable(Durability.EVERY_STEP);
        one.put(KEY, null, row(1, 1));
        assertThat(other.find(KEY)).isInstanceOf(Found.Unknown.class);
        one.close();
        MemoryStore again = durable(Durability.EVERY_STEP);
        assertThat(again.find(KEY)).isInstanceOf(Found.Live.class);
        again.close();
        other.close();
    }

    private MemoryStore durable(Durability durability) {
        return new MemoryStore(
                settings(DataSize.ofMegabytes(10)),
                recovery -> new FileJournal(dataDir, durability, Duration.ofMillis(50), recovery),
                _ -> false,
                _ -> {},
                System::nanoTime,
                true);
    }
}
