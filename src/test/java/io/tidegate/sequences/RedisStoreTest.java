package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.sequences.SequenceRow.Stamp;
import io.tidegate.sequences.SequenceStore.Found;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RedisStoreTest extends SequenceStoreContract {

    private static RealRedis redis;

    private final List<SequenceKey> expired = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void startRedis() throws Exception {
        redis = RealRedis.open();
    }

    @AfterAll
    static void stopRedis() throws Exception {
        redis.close();
    }

    @Override
    protected SequenceStore open() throws Exception {
        assertThat(redis.ask("FLUSHALL")).isEqualTo("+OK");
        return another();
    }

    private RedisStore another(String... settings) {
        String[] all = java.util.Arrays.copyOf(settings, settings.length + 2);
        all[settings.length] = "models." + BRIEF + ".idle";
        all[settings.length + 1] = "400ms";
        return new RedisStore(redis.settings(all), expired::add);
    }

    @Override
    protected void passIdleTime() throws Exception {
        Thread.sleep(600);
        ((RedisStore) store()).clean();
    }

    @Test
    void anotherProcessSeesTheSameSequences() {
        try (RedisStore other = another()) {
            store().put(key("7"), null, filled(5, 1));
            assertSame(((Found.Live) other.find(key("7"))).row(), filled(5, 1));
            assertThat(other.put(key("7"), new Stamp(5, 1), filled(5, 2))).isTrue();
            assertThat(store().put(key("7"), new Stamp(5, 1), filled(5, 2))).isFalse();
            assertSame(live(key("7")), filled(5, 2));
            assertThat(other.count(MODEL, 1)).isOne();
            assertThat(other.list(MODEL, 10, null)).hasSize(1);
            assertThat(other.end(key("7"), new Stamp(5, 2), filled(5, 3))).isTrue();
            assertThat(store().find(key("7"))).isInstanceOf(Found.Ended.class);
            assertThat(store().usage()).isEmpty();
        }
    }

    @Test
    void whatEndedOrExpiredIsRememberedForAWhileOnly() throws Exception {
        try (RedisStore forgetful = another("remember", "300ms")) {
            SequenceKey brief = new SequenceKey(BRIEF, "7");
            forgetful.put(brief, null, filled(5, 1));
            Thread.sleep(550);
            assertThat(forgetful.find(brief)).isInstanceOf(Found.Expired.class);
            Thread.sleep(300);
            assertThat(forgetful.find(brief)).isInstanceOf(Found.Unknown.class);
        }
    }

    @Test
    void askingKeepsASequenceAlive() throws Exception {
        SequenceKey brief = new SequenceKey(BRIEF, "7");
        store().put(brief, null, filled(5, 1));
        for (int i = 0; i < 6; i++) {
            Thread.sleep(150);
            assertThat(store().find(brief)).isInstanceOf(Found.Live.class);
        }
        ((RedisStore) store()).clean();
        assertThat(store().count(BRIEF, 1)).isOne();
        assertThat(store().list(BRIEF, 10, null)).hasSize(1);
        assertThat(store().end(brief, new Stamp(5, 1), null)).isTrue();
        assertThat(store().count(BRIEF, 1)).isZero();
    }

    @Test
    void oneOfItsProcessesHearsOfAnExpiry() throws Exception {
        try (RedisStore other = another()) {
            SequenceKey brief = new SequenceKey(BRIEF, "7");
            store().put(brief, null, filled(5, 1));
            store().put(key("7"), null, filled(6, 1));
            passIdleTime();
            other.clean();
            assertThat(expired).containsExactly(brief);
        }
    }

    @Test
    void aRowThatRedisDroppedIsLost() throws Exception {
        store().put(key("7"), null, filled(5, 1));
        assertThat(redis.ask("DEL " + RedisStore.keys(key("7")).getFirst())).isEqualTo(":1");
        assertThat(store().find(key("7"))).isInstanceOf(Found.Lost.class);
        assertThat(store().put(key("7"), new Stamp(5, 1), filled(5, 2))).isFalse();
        assertThat(store().put(key("7"), null, filled(6, 1))).isTrue();
        assertSame(live(key("7")), filled(6, 1));
    }

    @Test
    void aModelMayHaveSoManyBytesOnly() {
        try (RedisStore small = another("models." + MODEL + ".max-bytes", "3480B", "max-bytes", "100MB")) {
            for (int i = 0; i < 3; i++) {
                assertThat(small.put(key("s" + i), null, filled(5, 1))).isTrue();
            }
            assertThatThrownBy(() -> small.put(key("s3"), null, filled(5, 1)))
                    .isInstanceOf(SequenceException.Limit.class)
                    .hasMessageContaining("tidegate.sequences.max-model-bytes (3480B)");
            assertThat(small.find(key("s3"))).isInstanceOf(Found.Unknown.class);
            assertThat(small.put(key("s0"), new Stamp(5, 1), filled(5, 2))).isTrue();
            assertThat(small.put(key("s1"), new Stamp(5, 1), filled(6, 1))).isTrue();
            assertThat(small.put(new SequenceKey("other", "s3"), null, filled(5, 1)))
                    .isTrue();
            small.end(key("s0"), new Stamp(5, 2), null);
            assertThat(small.put(key("s3"), null, filled(5, 1))).isTrue();
        }
    }

    @Test
    void allModelsMayHaveSoManyBytesOnly() {
        try (RedisStore small = another("max-bytes", "2400B")) {
            small.put(new SequenceKey("other", "7"), null, filled(5, 1));
            small.put(key("7"), null, filled(5, 1));
            small.usage(); // as it is known then
            assertThatThrownBy(() -> small.put(key("8"), null, filled(5, 1)))
                    .isInstanceOf(SequenceException.Limit.class)
                    .hasMessageContaining("tidegate.sequences.max-bytes (2400B)");
        }
    }

    @Test
    void expiredSequencesMakeRoomAtOnce() throws Exception {
        try (RedisStore small = another("models." + BRIEF + ".max-bytes", "1200B")) {
            assertThat(small.put(new SequenceKey(BRIEF, "7"), null, filled(5, 1)))
                    .isTrue();
            Thread.sleep(500);
            assertThat(small.put(new SequenceKey(BRIEF, "8"), null, filled(5, 1)))
                    .isTrue();
        }
    }

    @Test
    void aRefusedStartLeavesTheListsAsTheyWere() {
        store().put(key("7"), null, filled(5, 1, 1, 160));
        assertThat(store().put(key("7"), new Stamp(9, 9), filled(6, 1, 2, 160))).isFalse();
        assertThat(store().put(key("7"), null, filled(6, 1, 1, 160))).isFalse();
        assertThat(store().put(key("8"), new Stamp(9, 9), filled(6, 1, 2, 160))).isFalse();
        assertThat(store().count(MODEL, 1)).isOne();
        assertThat(store().count(MODEL, 2)).isZero();
        assertThat(store().list(MODEL, 10, null))
                .extracting(SequenceStore.Entry::id)
                .containsExactly("7");
        assertThat(store().end(key("7"), new Stamp(5, 1), null)).isTrue();
        assertThat(store().usage()).isEmpty();
    }

    @Test
    void keysOfOneSequenceAreInOneSlotWhateverItsId() {
        for (String id : new String[] {"7", "}", "{}", "a}b{c", "%7D"}) {
            var keys = RedisStore.keys(key(id));
            assertThat(keys)
                    .allSatisfy(key -> assertThat(io.lettuce.core.cluster.SlotHash.getSlot(key))
                            .isEqualTo(io.lettuce.core.cluster.SlotHash.getSlot(keys.getFirst()
                                    .substring(10, keys.getFirst().lastIndexOf('}')))));
        }
        assertThat(RedisStore.keys(key("%7D"))).isNotEqualTo(RedisStore.keys(key("}")));
    }
}
