package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.tidegate.inference.Failure;
import io.tidegate.inference.RefusedException;
import io.tidegate.platform.StartRefusedException;
import io.tidegate.sequences.SequenceRow.Stamp;
import io.tidegate.sequences.SequenceStore.Found;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Several processes on one Redis, and a Redis that fails them. */
class SharedRedisTest {

    private static final Consumer<SequenceKey> NOBODY = _ -> {};

    private static final SequenceKey KEY = new SequenceKey("adder", "7");

    private static SequenceRow filled(long incarnation, long steps) {
        return SequenceStoreContract.filled(incarnation, steps);
    }

    private static SequenceRow live(SequenceStore store) {
        Found found = store.find(KEY);
        assertThat(found).isInstanceOf(Found.Live.class);
        return ((Found.Live) found).row();
    }

    private static void unavailable(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(RefusedException.class, refused -> {
            assertThat(refused.kind()).isEqualTo(Failure.Kind.UNAVAILABLE);
            assertThat(refused.retryAfter()).isNotNull();
            assertThat(refused.getMessage()).doesNotContain("127.0.0.1").doesNotContain("Redis");
        });
    }

    /** Finds and puts until it serves again. */
    private static Found found(SequenceStore store) throws Exception {
        for (int tries = 0; ; tries++) {
            try {
                return store.find(KEY);
            } catch (RefusedException e) {
                if (tries > 200) {
                    throw e;
                }
                Thread.sleep(50);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"no", "yes"})
    void processesThatAdvanceOneSequenceMakeEachStepOnce(String cluster) throws Exception {
        int processes = 4;
        int threads = 3;
        int each = 50;
        ConcurrentHashMap<Long, String> made = new ConcurrentHashMap<>();
        AtomicInteger lost = new AtomicInteger();
        try (RealRedis redis = RealRedis.open("--cluster-enabled", cluster)) {
            if (cluster.equals("yes")) {
                for (int from = 0; from < 16384; from += 4096) {
                    String slots = IntStream.range(from, from + 4096)
                            .mapToObj(Integer::toString)
                            .collect(Collectors.joining(" "));
                    assertThat(redis.ask("CLUSTER ADDSLOTS " + slots)).isEqualTo("+OK");
                }
                while (!redis.ask("GET nothing").equals("$-1")) {
                    Thread.sleep(50);
                }
            }
            List<RedisStore> stores = new ArrayList<>();
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int p = 0; p < processes; p++) {
                    stores.add(new RedisStore(redis.settings(), NOBODY));
                }
                assertThat(stores.getFirst().put(KEY, null, filled(5, 0))).isTrue();
                List<Future<?>> all = new ArrayList<>();
                for (int t = 0; t < processes * threads; t++) {
                    RedisStore store = stores.get(t % processes);
                    String self = "thread " + t;
                    all.add(executor.submit(() -> {
                        for (int mine = 0; mine < each; ) {
                            Stamp seen = live(store).stamp();
                            SequenceRow next = filled(5, seen.steps() + 1);
                            if (store.put(KEY, seen, next)) {
                                assertThat(made.put(next.steps(), self)).isNull();
                                mine++;
                            } else {
                                lost.incrementAndGet();
                            }
                        }
                        return null;
                    }));
                }
                for (Future<?> one : all) {
                    one.get();
                }
                assertThat(made).hasSize(processes * threads * each);
                assertThat(lost).hasPositiveValue();
                SequenceRow last = live(stores.getFirst());
                assertThat(last.steps()).isEqualTo(processes * threads * each);
                assertThat(stores.getLast().list("adder", 10, null))
                        .singleElement()
                        .satisfies(entry -> assertThat(entry.steps()).isEqualTo(last.steps()));
                assertThat(stores.getLast().end(KEY, last.stamp(), null)).isTrue();
                assertThat(stores.getFirst().usage()).isEmpty();
            } finally {
                stores.forEach(RedisStore::close);
            }
        }
    }

    @Test
    void aKilledRedisRefusesAndIsUsedAgainWhenItIsBack() throws Exception {
        try (RealRedis redis = RealRedis.open();
                RedisStore store = new RedisStore(redis.settings(), NOBODY)) {
            store.put(KEY, null, filled(5, 1));
            redis.kill();
            unavailable(() -> store.find(KEY));
            unavailable(() -> store.put(KEY, new Stamp(5, 1), filled(5, 2)));
            unavailable(() -> store.end(KEY, new Stamp(5, 1), null));
            unavailable(() -> store.list("adder", 10, null));
            unavailable(() -> store.count("adder", 1));
            unavailable(store::requireServing);
            store.usage();
            redis.start(); // and has nothing
            assertThat(found(store)).isInstanceOf(Found.Unknown.class);
            assertThat(store.put(KEY, new Stamp(5, 1), filled(5, 2))).isFalse();
            assertThat(store.put(KEY, null, filled(6, 1))).isTrue();
            assertThat(live(store).stamp()).isEqualTo(new Stamp(6, 1));
            store.requireServing();
        }
    }

    @Test
    void anOlderSnapshotIsNeverTakenForASequence() throws Exception {
        try (RealRedis redis = RealRedis.open("--save", "900 100000");
                RedisStore store = new RedisStore(redis.settings(), NOBODY)) {
            store.put(KEY, null, filled(5, 1));
            assertThat(redis.ask("SAVE")).isEqualTo("+OK");
            assertThat(store.put(KEY, new Stamp(5, 1), filled(5, 2))).isTrue();
            redis.kill();
            redis.start();
            assertThat(redis.ask("EXISTS " + RedisStore.keys(KEY).getFirst())).isEqualTo(":1");
            assertThat(found(store)).isInstanceOf(Found.Lost.class);
            assertThat(store.put(KEY, new Stamp(5, 1), filled(5, 2))).isFalse();
            assertThat(store.end(KEY, new Stamp(5, 1), null)).isFalse();
            assertThat(store.list("adder", 10, null)).isEmpty();
            assertThat(store.put(KEY, null, filled(6, 1))).isTrue();
            assertThat(live(store).stamp()).isEqualTo(new Stamp(6, 1));
        }
    }

    @Test
    void aRedisThatKeepsEveryWriteGoesOnWhereItWasKilled() throws Exception {
        try (RealRedis redis = RealRedis.open("--appendonly", "yes", "--appendfsync", "always");
                RedisStore store = new RedisStore(redis.settings("durability", "every-step"), NOBODY)) {
            store.put(KEY, null, filled(5, 1));
            assertThat(store.put(KEY, new Stamp(5, 1), filled(5, 2))).isTrue();
            redis.kill();
            redis.start();
            assertThat(((Found.Live) found(store))
                            .row()
                            .memory()
                            .mismatch(filled(5, 2).memory()))
                    .isEqualTo(-1);
            assertThat(store.put(KEY, new Stamp(5, 2), filled(5, 3))).isTrue();
            assertThat(store.count("adder", 1)).isOne();
        }
    }

    @Test
    void aRedisThatAnswersNothingIsWaitedForBrieflyAndMakesALateStepOnce() throws Exception {
        try (RealRedis redis = RealRedis.open();
                RedisStore store = new RedisStore(
                        RealRedis.settingsOf("redis://127.0.0.1:" + redis.port() + "?timeout=300ms"), NOBODY);
                RedisStore other = new RedisStore(redis.settings(), NOBODY)) {
            store.put(KEY, null, filled(5, 1));
            assertThat(other.find(KEY)).isInstanceOf(Found.Live.class);
            redis.freeze();
            unavailable(() -> store.put(KEY, new Stamp(5, 1), filled(5, 2)));
            redis.thaw();
            assertThat(found(store)).isInstanceOf(Found.Live.class); // sent after it, on the same connection
            SequenceRow now = live(other);
            assertThat(now.stamp()).isEqualTo(new Stamp(5, 2)); // it was made: its request id is there for the retry
            assertThat(now.request()).isEqualTo(filled(5, 2).request());
            assertThat(other.put(KEY, new Stamp(5, 1), filled(5, 2))).isFalse();
        }
    }

    @Test
    void aStepThatWasGivenUpIsNotSentAgainOnANewConnection() throws Exception {
        try (RealRedis redis = RealRedis.open("--appendonly", "yes", "--appendfsync", "always");
                RedisStore store = new RedisStore(
                        RealRedis.settingsOf(
                                "redis://127.0.0.1:" + redis.port() + "?timeout=300ms", "durability", "every-step"),
                        NOBODY)) {
            store.put(KEY, null, filled(5, 1));
            redis.freeze();
            unavailable(() -> store.put(KEY, new Stamp(5, 1), filled(5, 2)));
            redis.kill(); // with the step unread in its socket
            redis.start();
            assertThat(((Found.Live) found(store)).row().stamp()).isEqualTo(new Stamp(5, 1));
            assertThat(redis.ask("CLIENT KILL TYPE normal SKIPME yes")).isEqualTo(":1");
            assertThat(((Found.Live) found(store)).row().stamp()).isEqualTo(new Stamp(5, 1));
        }
    }

    @Test
    void aServerStartsBeforeItsRedis() throws Exception {
        try (RealRedis redis = RealRedis.open()) {
            redis.kill();
            try (RedisStore store = new RedisStore(redis.settings(), NOBODY)) {
                unavailable(() -> store.find(KEY));
                redis.start();
                assertThat(found(store)).isInstanceOf(Found.Unknown.class);
            }
        }
    }

    @Test
    void aFullRedisRefusesStartsAndLetsLiveSequencesGoOn() throws Exception {
        try (RealRedis redis = RealRedis.open("--maxmemory-policy", "noeviction");
                RedisStore store = new RedisStore(redis.settings(), NOBODY)) {
            store.put(KEY, null, filled(5, 1));
            assertThat(redis.ask("CONFIG SET maxmemory 1")).isEqualTo("+OK");
            assertThatThrownBy(() -> store.put(new SequenceKey("adder", "8"), null, filled(6, 1)))
                    .isInstanceOf(SequenceException.Limit.class)
                    .hasMessageContaining("Redis's maxmemory");
            assertThat(store.put(KEY, new Stamp(5, 1), filled(5, 2))).isTrue();
            assertThat(live(store).stamp()).isEqualTo(new Stamp(5, 2));
            assertThat(store.end(KEY, new Stamp(5, 2), filled(5, 3))).isTrue();
            assertThat(store.find(KEY)).isInstanceOf(Found.Ended.class);
        }
    }

    @Test
    void theAccessListThatTheDocsShowIsEnough() throws Exception {
        String rule = Files.readString(Path.of("docs/operations/redis.md"))
                .lines()
                .map(String::strip)
                .filter(line -> line.startsWith("ACL SETUSER tidegate "))
                .findFirst()
                .orElseThrow();
        try (RealRedis redis = RealRedis.open()) {
            assertThat(redis.ask(rule)).isEqualTo("+OK");
            String address = "redis://tidegate:password@127.0.0.1:" + redis.port();
            try (RedisStore store = new RedisStore(RealRedis.settingsOf(address), NOBODY)) {
                assertThat(store.put(KEY, null, filled(5, 1))).isTrue();
                assertThat(live(store).stamp()).isEqualTo(new Stamp(5, 1));
                assertThat(store.list("adder", 10, null)).hasSize(1);
                assertThat(store.usage()).containsKey("adder");
                store.clean();
                assertThat(store.put(KEY, new Stamp(5, 1), filled(6, 1))).isTrue();
                assertThat(store.end(KEY, new Stamp(6, 1), filled(6, 2))).isTrue();
                assertThat(store.find(KEY)).isInstanceOf(Found.Ended.class);
                assertThat(store.count("adder", 1)).isZero();
                store.requireServing();
            }
        }
    }

    @Test
    void thePasswordIsUsedAndNeverShown() throws Exception {
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        logged.start();
        root.addAppender(logged);
        try (RealRedis redis = RealRedis.open("--requirepass", "s3cret+key")) {
            String host = "@127.0.0.1:" + redis.port();
            try (RedisStore store = new RedisStore(RealRedis.settingsOf("redis://:s3cret%2Bkey" + host), NOBODY);
                    RedisStore wrong = new RedisStore(RealRedis.settingsOf("redis://:s3cret%2Bkez" + host), NOBODY)) {
                assertThat(store.put(KEY, null, filled(5, 1))).isTrue();
                unavailable(() -> wrong.find(KEY));
                redis.kill();
                unavailable(() -> store.find(KEY));
            }
        } finally {
            root.detachAppender(logged);
        }
        for (String address : List.of("http://:s3cret@127.0.0.1", "redis://:s3cret key@127.0.0.1", "s3cret")) {
            assertThatThrownBy(() -> new RedisLink(address))
                    .isInstanceOf(StartRefusedException.class)
                    .satisfies(e -> assertThat(e.toString()).doesNotContain("s3cret"));
        }
        assertThat(logged.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .anySatisfy(text -> assertThat(text).contains("doesn't serve"))
                .noneMatch(text -> text.contains("s3cret"));
    }
}
