package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.sequences.SequenceRow.Digest;
import io.tidegate.sequences.SequenceRow.Stamp;
import io.tidegate.sequences.SequenceStore.Found;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store of live sequences must do. */
abstract class SequenceStoreContract {

    /** A model whose sequences expire when {@link #passIdleTime} returns; those of other models don't. */
    protected static final String BRIEF = "brief";

    protected static final String MODEL = "adder";

    private static final SequenceStore.Usage NOTHING = new SequenceStore.Usage(0, 0);

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Nullable
    private SequenceStore opened;

    /** An empty store. */
    protected abstract SequenceStore open() throws Exception;

    /** Lets {@link #BRIEF}'s idle time pass, and the store take notice. */
    protected abstract void passIdleTime() throws Exception;

    @BeforeEach
    void openStore() throws Exception {
        opened = open();
    }

    @AfterEach
    void closeStore() {
        store().close();
    }

    protected final SequenceStore store() {
        if (opened == null) {
            throw new IllegalStateException("not opened yet");
        }
        return opened;
    }

    protected static SequenceKey key(String id) {
        return new SequenceKey(MODEL, id);
    }

    /** A row whose every part depends on what is given. */
    protected static SequenceRow filled(long incarnation, long steps, int version, int bytes) {
        SequenceRow row = SequenceRow.ofBytes(bytes);
        Random random = new Random(31 * incarnation + steps);
        for (long at = 0; at < row.bytes(); at++) {
            row.memory().set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
        }
        row.incarnation(incarnation);
        row.steps(steps);
        row.version(version);
        row.touched(1_700_000_000_000L + steps);
        row.request(new Digest(steps, 11));
        row.inputs(new Digest(steps, 12));
        row.requestSteps(1);
        return row;
    }

    protected static SequenceRow filled(long incarnation, long steps) {
        return filled(incarnation, steps, 1, SequenceRow.HEADER + 1064);
    }

    protected final SequenceRow live(SequenceKey key) {
        Found found = store().find(key);
        assertThat(found).isInstanceOf(Found.Live.class);
        return ((Found.Live) found).row();
    }

    protected static void assertSame(SequenceRow row, SequenceRow expected) {
        assertThat(row.bytes()).isEqualTo(expected.bytes());
        assertThat(row.memory().mismatch(expected.memory()))
                .as("first byte that differs")
                .isEqualTo(-1);
    }

    @Test
    void anIdThatWasNeverStartedIsUnknown() {
        assertThat(store().find(key("7"))).isInstanceOf(Found.Unknown.class);
        assertThat(store().put(key("7"), new Stamp(5, 1), filled(5, 2))).isFalse();
        assertThat(store().end(key("7"), new Stamp(5, 1), null)).isFalse();
        assertThat(store().find(key("7"))).isInstanceOf(Found.Unknown.class);
        assertThat(used(MODEL)).isEqualTo(NOTHING);
    }

    @Test
    void aRowComesBackAsItWasPut() {
        SequenceRow first = filled(5, 1);
        assertThat(store().put(key("7"), null, first)).isTrue();
        assertSame(live(key("7")), first);
        SequenceRow second = filled(5, 2);
        assertThat(store().put(key("7"), first.stamp(), second)).isTrue();
        assertSame(live(key("7")), second);
        assertThat(live(key("7")).request()).isEqualTo(new Digest(2, 11));
    }

    @Test
    void rowsAreCopiedOnTheWayInAndOut() {
        SequenceRow mine = filled(5, 1);
        store().put(key("7"), null, mine);
        mine.steps(99);
        mine.memory().asSlice(SequenceRow.HEADER).fill((byte) -1);
        assertSame(live(key("7")), filled(5, 1));
        SequenceRow got = live(key("7"));
        got.steps(99);
        got.memory().asSlice(SequenceRow.HEADER).fill((byte) -1);
        assertSame(live(key("7")), filled(5, 1));

        SequenceRow last = filled(5, 2);
        assertThat(store().end(key("7"), new Stamp(5, 1), last)).isTrue();
        last.memory().asSlice(SequenceRow.HEADER).fill((byte) -1);
        ended(key("7")).memory().asSlice(SequenceRow.HEADER).fill((byte) -1);
        assertSame(ended(key("7")), filled(5, 2));
    }

    @Test
    void whoHasSeenAnotherRowChangesNothing() {
        store().put(key("7"), null, filled(5, 1));
        store().put(key("7"), new Stamp(5, 1), filled(5, 2));
        for (Stamp seen : new Stamp[] {null, new Stamp(5, 1), new Stamp(5, 3), new Stamp(6, 2)}) {
            assertThat(store().put(key("7"), seen, filled(5, 3)))
                    .as("put %s", seen)
                    .isFalse();
            if (seen != null) {
                assertThat(store().end(key("7"), seen, filled(5, 3)))
                        .as("end %s", seen)
                        .isFalse();
            }
            assertSame(live(key("7")), filled(5, 2));
        }
    }

    @Test
    void aStartReplacesALiveSequence() {
        store().put(new SequenceKey("other", "7"), null, filled(4, 1, 1, 200));
        store().put(key("7"), null, filled(5, 3, 1, 200));
        assertThat(store().put(key("7"), new Stamp(5, 3), filled(6, 1, 2, 1200)))
                .isTrue();
        assertSame(live(key("7")), filled(6, 1, 2, 1200));
        assertThat(store().put(key("7"), new Stamp(5, 3), filled(5, 4, 1, 200))).isFalse();
        assertThat(store().put(key("7"), new Stamp(6, 1), filled(7, 1, 2, 104))).isTrue();
        assertSame(live(key("7")), filled(7, 1, 2, 104));
        assertThat(store().count(MODEL, 1)).isZero();
        assertThat(store().count(MODEL, 2)).isOne();
        assertThat(store().count("other", 1)).isOne();
        assertThat(used(MODEL).sequences()).isOne();
    }

    @Test
    void anEndedSequenceKeepsItsLastRowForARetry() {
        store().put(key("7"), null, filled(5, 1));
        assertThat(store().end(key("7"), new Stamp(5, 1), filled(5, 2))).isTrue();
        assertSame(ended(key("7")), filled(5, 2));
        assertSame(ended(key("7")), filled(5, 2));
        assertThat(store().put(key("7"), new Stamp(5, 1), filled(5, 2))).isFalse();
        assertThat(store().put(key("7"), new Stamp(5, 2), filled(5, 3))).isFalse();
        assertThat(store().end(key("7"), new Stamp(5, 2), null)).isFalse();
        assertSame(ended(key("7")), filled(5, 2));
        assertThat(store().count(MODEL, 1)).isZero();
        assertThat(store().list(MODEL, 10, null)).isEmpty();
    }

    @Test
    void aSequenceMayEndWithoutALastRow() {
        store().put(key("7"), null, filled(5, 1));
        assertThat(store().end(key("7"), new Stamp(5, 1), null)).isTrue();
        assertThat(store().find(key("7"))).isEqualTo(new Found.Ended(null));
    }

    @Test
    void anIdThatEndedMayBeginAgain() {
        store().put(key("7"), null, filled(5, 1));
        store().end(key("7"), new Stamp(5, 1), filled(5, 2));
        assertThat(store().put(key("7"), null, filled(6, 1))).isTrue();
        assertSame(live(key("7")), filled(6, 1));
        assertThat(store().end(key("7"), new Stamp(6, 1), null)).isTrue();
        assertThat(store().find(key("7"))).isEqualTo(new Found.Ended(null));
        assertThat(store().put(key("7"), null, filled(7, 1))).isTrue();
        assertSame(live(key("7")), filled(7, 1));
    }

    @Test
    void anIdIsUniqueWithinItsModelOnly() {
        store().put(new SequenceKey(MODEL, "7"), null, filled(5, 1));
        store().put(new SequenceKey("other", "7"), null, filled(6, 4));
        store().end(new SequenceKey(MODEL, "7"), new Stamp(5, 1), null);
        assertSame(live(new SequenceKey("other", "7")), filled(6, 4));
        assertThat(store().list("other", 10, null))
                .extracting(SequenceStore.Entry::id)
                .containsExactly("7");
        assertThat(used(MODEL)).isEqualTo(NOTHING);
        assertThat(used("other").sequences()).isOne();
    }

    @Test
    void anIdMayBeAnyText() {
        List<String> ids =
                List.of("18446744073709551615", "user/Jürgen 7", "a:b{c}*?[x]", "長い列", "with\nnewline", "%00");
        for (int i = 0; i < ids.size(); i++) {
            assertThat(store().put(key(ids.get(i)), null, filled(5 + i, 1))).isTrue();
        }
        for (int i = 0; i < ids.size(); i++) {
            assertSame(live(key(ids.get(i))), filled(5 + i, 1));
        }
        assertThat(store().list(MODEL, 10, null))
                .extracting(SequenceStore.Entry::id)
                .containsExactlyElementsOf(ids.stream().sorted().toList());
    }

    @Test
    void sequencesAreListedById() {
        IntStream.range(0, 25)
                .mapToObj(i -> "s" + (i * 7 % 25 + 10))
                .forEach(id -> store().put(key(id), null, filled(5, Long.parseLong(id.substring(1)), 3, 160)));
        List<String> pages = new ArrayList<>();
        String after = null;
        for (List<SequenceStore.Entry> page = store().list(MODEL, 10, after);
                !page.isEmpty();
                page = store().list(MODEL, 10, after)) {
            assertThat(page).hasSizeLessThanOrEqualTo(10).allSatisfy(entry -> {
                assertThat(entry.steps()).isEqualTo(Long.parseLong(entry.id().substring(1)));
                assertThat(entry.version()).isEqualTo(3);
                assertThat(entry.bytes()).isGreaterThanOrEqualTo(160);
                assertThat(entry.idle()).isGreaterThanOrEqualTo(Duration.ZERO);
            });
            page.forEach(entry -> pages.add(entry.id()));
            after = page.getLast().id();
        }
        assertThat(pages)
                .containsExactlyElementsOf(
                        IntStream.range(10, 35).mapToObj(i -> "s" + i).toList());
        store().end(key("s20"), new Stamp(5, 20), null);
        assertThat(store().list(MODEL, 2, "s19"))
                .extracting(SequenceStore.Entry::id)
                .containsExactly("s21", "s22");
        assertThat(store().list(MODEL, 2, "s195"))
                .extracting(SequenceStore.Entry::id)
                .containsExactly("s21", "s22");
    }

    @Test
    void sequencesAreCounted() {
        for (int i = 0; i < 12; i++) {
            store().put(key("s" + i), null, filled(5, 1, i % 3, 160));
        }
        store().put(key("s0"), new Stamp(5, 1), filled(5, 2, 0, 160));
        store().end(key("s3"), new Stamp(5, 1), null);
        store().put(key("s4"), new Stamp(5, 1), filled(6, 1, 2, 160));
        assertThat(store().count(MODEL, 0)).isEqualTo(3);
        assertThat(store().count(MODEL, 1)).isEqualTo(3);
        assertThat(store().count(MODEL, 2)).isEqualTo(5);
        assertThat(store().count(MODEL, 9)).isZero();
        assertThat(store().count("other", 0)).isZero();
        assertThat(used(MODEL).sequences()).isEqualTo(11);
        assertThat(used(MODEL).bytes()).isBetween(11 * 160L, 11 * 1000L);
        for (SequenceStore.Entry entry : store().list(MODEL, 100, null)) {
            store().end(key(entry.id()), live(key(entry.id())).stamp(), null);
        }
        assertThat(used(MODEL)).isEqualTo(NOTHING);
    }

    @Test
    void aSequenceExpiresWhenNobodyAsksForIt() throws Exception {
        SequenceKey brief = new SequenceKey(BRIEF, "7");
        store().put(brief, null, filled(5, 1));
        store().put(key("7"), null, filled(6, 1));
        passIdleTime();
        assertThat(store().find(brief))
                .isInstanceOfSatisfying(
                        Found.Expired.class,
                        expired -> assertThat(expired.idle()).isPositive());
        assertThat(store().put(brief, new Stamp(5, 1), filled(5, 2))).isFalse();
        assertThat(store().end(brief, new Stamp(5, 1), null)).isFalse();
        assertThat(store().find(brief)).isInstanceOf(Found.Expired.class);
        assertThat(store().count(BRIEF, 1)).isZero();
        assertSame(live(key("7")), filled(6, 1));
        assertThat(store().put(brief, null, filled(7, 1))).isTrue();
        assertSame(live(brief), filled(7, 1));
    }

    @Test
    void nothingOfADeadRowReachesANewOne() {
        int[] sizes = {104, 120, 160, 200, 1160};
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 40; i++) {
                SequenceRow poisoned = filled(5, 1, 1, sizes[i % sizes.length]);
                MemorySegment body = poisoned.memory().asSlice(SequenceRow.HEADER);
                for (long at = 0; at < body.byteSize(); at += 4) {
                    body.set(FLOAT, at, Float.NaN);
                }
                store().put(key("s" + i), null, poisoned);
            }
            for (int i = 0; i < 40; i++) {
                store().end(key("s" + i), new Stamp(5, 1), null);
            }
            for (int i = 0; i < 40; i++) {
                SequenceRow clean = SequenceRow.ofBytes(sizes[(i + round) % sizes.length]);
                clean.incarnation(6);
                clean.steps(1);
                store().put(key("s" + i), null, clean);
            }
            for (int i = 0; i < 40; i++) {
                SequenceRow clean = SequenceRow.ofBytes(sizes[(i + round) % sizes.length]);
                clean.incarnation(6);
                clean.steps(1);
                assertSame(live(key("s" + i)), clean);
                store().end(key("s" + i), clean.stamp(), null);
            }
        }
    }

    @Test
    void ofManyThatAdvanceOneSequenceExactlyOneWinsEachRound() throws Exception {
        int threads = 8;
        int rounds = 60;
        store().put(key("7"), null, filled(5, 0));
        CyclicBarrier together = new CyclicBarrier(threads);
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<Integer>> wins = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int self = t;
                wins.add(executor.submit(() -> {
                    int won = 0;
                    for (int round = 0; round < rounds; round++) {
                        SequenceRow next = filled(5, round + 1);
                        next.requestSteps(self);
                        together.await();
                        if (store().put(key("7"), new Stamp(5, round), next)) {
                            won++;
                            SequenceRow kept = live(key("7"));
                            assertThat(kept.steps()).isEqualTo(round + 1);
                            assertThat(kept.requestSteps()).isEqualTo(self);
                        }
                        together.await();
                    }
                    return won;
                }));
            }
            int won = 0;
            for (Future<Integer> each : wins) {
                won += each.get();
            }
            assertThat(won).isEqualTo(rounds);
        }
        SequenceRow last = filled(5, rounds);
        last.requestSteps(live(key("7")).requestSteps());
        assertSame(live(key("7")), last);
    }

    @Test
    void manyThreadsUseManySequencesAtOnce() throws Exception {
        int threads = 8;
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int self = t;
                all.add(executor.submit(() -> {
                    ThreadLocalRandom random = ThreadLocalRandom.current();
                    for (int s = 0; s < 30; s++) {
                        SequenceKey key = key("t" + self + "-" + s);
                        int bytes = 104 + 8 * random.nextInt(60);
                        long incarnation = 1000L * self + s + 1;
                        assertThat(store().put(key, null, filled(incarnation, 1, 1, bytes)))
                                .isTrue();
                        for (int step = 1; step < 6; step++) {
                            SequenceRow seen = live(key);
                            assertSame(seen, filled(incarnation, step, 1, bytes));
                            assertThat(store().put(key, seen.stamp(), filled(incarnation, step + 1, 1, bytes)))
                                    .isTrue();
                        }
                        if (s % 2 == 0) {
                            assertThat(store().end(key, new Stamp(incarnation, 6), null))
                                    .isTrue();
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        }
        assertThat(used(MODEL).sequences()).isEqualTo(threads * 15L);
        assertThat(store().count(MODEL, 1)).isEqualTo(threads * 15L);
    }

    private SequenceStore.Usage used(String model) {
        return store().usage().getOrDefault(model, NOTHING);
    }

    private SequenceRow ended(SequenceKey key) {
        Found found = store().find(key);
        assertThat(found).isInstanceOf(Found.Ended.class);
        SequenceRow last = ((Found.Ended) found).last();
        assertThat(last).isNotNull();
        return last;
    }
}
