package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.sequences.SequenceRow.Stamp;
import io.tidegate.sequences.SequenceStore.Found;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What every store of live sequences promises. */
abstract class SequenceStoreContract {

    static final SequenceKey KEY = new SequenceKey("m", "7");

    final List<String> gone = new CopyOnWriteArrayList<>();
    private final AtomicLong incarnations = new AtomicLong(1);

    abstract SequenceStore store();

    void gone(SequenceKey key, int version, boolean expired) {
        gone.add(key.id() + " v" + version + (expired ? " expired" : ""));
    }

    SequenceRow row(int version, long steps) {
        SequenceRow row = SequenceRow.ofBytes(SequenceRow.HEADER + 200);
        row.incarnation(incarnations.incrementAndGet());
        row.version(version);
        row.steps(steps);
        return row;
    }

    static SequenceRow next(SequenceRow row) {
        SequenceRow next = row.copy();
        next.steps(row.steps() + 1);
        return next;
    }

    SequenceRow live(SequenceKey key) {
        assertThat(store().find(key)).isInstanceOf(Found.Live.class);
        return ((Found.Live) store().find(key)).row();
    }

    @Test
    void aSequenceIsFoundAsItWasPut() {
        assertThat(store().find(KEY)).isInstanceOf(Found.Unknown.class);
        SequenceRow row = row(1, 3);
        row.logLikelihood(-1.5);
        row.request(new SequenceRow.Digest(5, 6));
        assertThat(store().put(KEY, null, row)).isTrue();
        assertThat(live(KEY).memory().mismatch(row.memory())).isEqualTo(-1);
        row.steps(99);
        assertThat(live(KEY).steps()).isEqualTo(3);
        live(KEY).steps(98);
        assertThat(live(KEY).steps()).isEqualTo(3);
    }

    @Test
    void onlyWhoHasSeenTheRowMayReplaceIt() {
        SequenceRow row = row(1, 1);
        store().put(KEY, null, row);
        assertThat(store().put(KEY, null, row(1, 1))).isFalse();
        assertThat(store().put(KEY, new Stamp(row.incarnation(), 0), next(row))).isFalse();
        assertThat(store().put(KEY, new Stamp(row.incarnation() + 1, 1), next(row)))
                .isFalse();
        assertThat(store().put(KEY, row.stamp(), next(row))).isTrue();
        assertThat(store().end(KEY, row.stamp(), null)).isFalse();
        assertThat(live(KEY).steps()).isEqualTo(2);
        assertThat(gone).isEmpty();
    }

    @Test
    void aRowMayGrowAndShrink() {
        SequenceRow row = row(1, 1);
        store().put(KEY, null, row);
        SequenceRow larger = SequenceRow.ofBytes(5000);
        larger.memory().asSlice(0, SequenceRow.HEADER).copyFrom(row.memory().asSlice(0, SequenceRow.HEADER));
        larger.steps(2);
        assertThat(store().put(KEY, row.stamp(), larger)).isTrue();
        assertThat(live(KEY).bytes()).isEqualTo(5000);
        SequenceRow smaller = next(row);
        smaller.steps(3);
        assertThat(store().put(KEY, larger.stamp(), smaller)).isTrue();
        assertThat(live(KEY).bytes()).isEqualTo(row.bytes());
    }

    @Test
    void anEndedSequenceIsKeptForItsRetryAndTellsThatItEnded() {
        SequenceRow row = row(2, 1);
        store().put(KEY, null, row);
        SequenceRow last = next(row);
        assertThat(store().end(KEY, row.stamp(), last)).isTrue();
        assertThat(store().find(KEY))
                .isInstanceOfSatisfying(
                        Found.Ended.class,
                        ended -> assertThat(ended.last())
                                .isNotNull()
                                .satisfies(kept -> assertThat(kept.memory().mismatch(last.memory()))
                                        .isEqualTo(-1)));
        assertThat(store().put(KEY, last.stamp(), next(last))).isFalse();
        assertThat(store().end(KEY, last.stamp(), null)).isFalse();
        assertThat(gone).containsExactly("7 v2");
        SequenceRow anew = row(3, 0);
        assertThat(store().put(KEY, null, anew)).isTrue();
        assertThat(live(KEY).version()).isEqualTo(3);
        assertThat(store().end(KEY, anew.stamp(), null)).isTrue();
        assertThat(store().find(KEY))
                .isInstanceOfSatisfying(
                        Found.Ended.class, ended -> assertThat(ended.last()).isNull());
    }

    @Test
    void aStartInPlaceOfALiveSequenceEndsIt() {
        SequenceRow row = row(1, 5);
        store().put(KEY, null, row);
        SequenceRow other = row(2, 1);
        assertThat(store().put(KEY, row.stamp(), other)).isTrue();
        assertThat(gone).containsExactly("7 v1");
        assertThat(store().count("m", 1)).isZero();
        assertThat(store().count("m", 2)).isEqualTo(1);
    }

    @Test
    void liveSequencesAreListedInPagesAndCounted() {
        for (int k = 0; k < 25; k++) {
            store().put(new SequenceKey("m", "id-%02d".formatted(k)), null, row(1 + k % 2, k));
        }
        store().put(new SequenceKey("other", "id-00"), null, row(1, 1));
        List<String> ids = new ArrayList<>();
        String after = null;
        for (List<SequenceStore.Entry> page = store().list("m", 10, after);
                !page.isEmpty();
                page = store().list("m", 10, after)) {
            page.forEach(entry -> ids.add(entry.id()));
            after = ids.getLast();
        }
        assertThat(ids).hasSize(25).isSorted();
        assertThat(store().count("m", 1)).isEqualTo(13);
        assertThat(store().usage().get("m").sequences()).isEqualTo(25);
        assertThat(store().usage().get("m").bytes()).isPositive();
    }

    /** Of those who have seen the same row, one advances it. */
    @Test
    void oneOfManyAdvancesARow() throws Exception {
        store().put(KEY, null, row(1, 0));
        int clients = 8, each = 200;
        List<Callable<Integer>> tasks = new ArrayList<>();
        for (int k = 0; k < clients; k++) {
            tasks.add(() -> {
                int won = 0;
                while (won < each) {
                    SequenceRow seen = live(KEY);
                    won += store().put(KEY, seen.stamp(), next(seen)) ? 1 : 0;
                }
                return won;
            });
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Integer> won : threads.invokeAll(tasks)) {
                assertThat(won.get()).isEqualTo(each);
            }
        }
        assertThat(live(KEY).steps()).isEqualTo((long) clients * each);
    }
}
