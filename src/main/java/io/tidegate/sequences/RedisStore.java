package io.tidegate.sequences;

import io.tidegate.platform.TidegateProperties;
import io.tidegate.platform.TidegateProperties.Sequences.Durability;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Live sequences in Redis or Valkey, for processes that share them: whichever gets a sequence's next step can make it, and of two
 * that try at once one does.
 *
 * <p>Each change is one script on one sequence's keys, which have one hash tag, so that it runs on one node of a cluster:
 *
 * <ul>
 *   <li>{@code tidegate:{model:id}:row}, the row after 43 bytes of ours, expires with the idle time;
 *   <li>{@code …:mark}, what happened to the id last and when, outlives it by {@code tidegate.sequences.remember};
 *   <li>{@code …:last}, the last row of an ended sequence, for a minute.
 * </ul>
 *
 * <p>A row names the run of the Redis process that wrote it ({@code run_id}). On another run it may be older than the last step
 * that was answered, since Redis itself writes to disk and to its replicas later than it answers: such a sequence is lost, unless
 * whoever runs Redis says that it keeps every write. docs/operations/redis.md
 */
final class RedisStore implements SequenceStore {

    /** How long an ended sequence's last row is kept. */
    private static final Duration LAST = Duration.ofMinutes(1);

    /** Before the row in a value: the run that wrote it, and {@link RedisIndex}'s token. */
    static final int PREFIX = 43;

    /** What scripts share; ARGV[1] is 1 where rows of other runs are taken. */
    static final String PRELUDE = """
            local function clock()
              local t = redis.call('TIME')
              return t[1] * 1000 + math.floor(t[2] / 1000)
            end
            local function ms(n) return string.format('%.0f', n) end
            local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or ''
            run = string.sub(run .. string.rep('0', 40), 1, 40)
            local function current(value)
              return #value > 43 and (ARGV[1] == '1' or string.sub(value, 1, 40) == run)
            end
            local function mark(text, lives)
              redis.call('SET', KEYS[2], text)
              redis.call('PEXPIREAT', KEYS[2], ms(lives))
            end
            """;

    /** ARGV: trust, idle, remember. */
    private static final RedisLink.Script FIND = RedisLink.Script.of(PRELUDE + """
            local value = redis.call('GET', KEYS[1])
            local now = clock()
            if value then
              if not current(value) then return {'lost'} end
              redis.call('PEXPIREAT', KEYS[1], ms(now + ARGV[2]))
              mark('L' .. ms(now) .. ':' .. ARGV[2], now + ARGV[2] + ARGV[3])
              return {'live', value}
            end
            local known = redis.call('GET', KEYS[2])
            if not known then return {'unknown'} end
            if known == 'E' then
              local last = redis.call('GET', KEYS[3])
              if last then return {'ended', last} end
              return {'ended'}
            end
            local touched, idle = string.match(known, '^L(%d+):(%d+)$')
            if now + 100 < touched + idle then return {'lost'} end
            return {'expired', now - touched}
            """);

    /** Of the row that is kept: whether it is the one that was seen, its version's bytes, its token. */
    private static final String HEAD = """
            local head = redis.call('GETRANGE', KEYS[1], 0, 74)
            local live = current(head)
            local seen = live and string.sub(head, 44, 59) or ''
            local version = live and string.sub(head, 68, 75) or ''
            local token = live and string.sub(head, 41, 43) or ''
            """;

    /**
     * ARGV: trust, stamp that was seen, row, idle, remember, token of a new sequence. What writes first may be refused for want of
     * memory, what writes next isn't: so a live sequence goes on where a new one can't start.
     */
    private static final RedisLink.Script PUT = RedisLink.Script.of(PRELUDE + HEAD + """
            if seen ~= ARGV[2] then return {0, version, token} end
            local now = clock()
            local own = ARGV[6]
            if live and string.sub(seen, 1, 8) == string.sub(ARGV[3], 1, 8) then
              own = token
              redis.call('PEXPIREAT', KEYS[1], ms(now + ARGV[4]))
            end
            redis.call('SET', KEYS[1], run .. own .. ARGV[3])
            redis.call('PEXPIREAT', KEYS[1], ms(now + ARGV[4]))
            mark('L' .. ms(now) .. ':' .. ARGV[4], now + ARGV[4] + ARGV[5])
            redis.call('DEL', KEYS[3])
            return {1, version, token}
            """);

    /** ARGV: trust, stamp that was seen, last row or nothing, how long it is kept, how long the end is remembered. */
    private static final RedisLink.Script END = RedisLink.Script.of(PRELUDE + HEAD + """
            if not live or seen ~= ARGV[2] then return {0, version, token} end
            redis.call('DEL', KEYS[1], KEYS[3])
            local now = clock()
            mark('E', now + ARGV[5])
            if ARGV[3] ~= '' then
              redis.call('SET', KEYS[3], ARGV[3])
              redis.call('PEXPIREAT', KEYS[3], ms(now + ARGV[4]))
            end
            return {1, version, token}
            """);

    private final TidegateProperties.Sequences settings;
    private final String trust;
    private final RedisLink link;
    private final RedisIndex index;

    /**
     * Connects when it is first asked, so that a server starts before its Redis does.
     *
     * @param expired hears of those whose expiry this process was the first to notice
     */
    RedisStore(TidegateProperties.Sequences settings, Consumer<SequenceKey> expired) {
        this.settings = settings;
        this.trust = settings.durability() == Durability.EVERY_STEP ? "1" : "0";
        this.link = new RedisLink(settings.redis());
        this.index = new RedisIndex(link, settings, trust, expired);
    }

    @Override
    public Found find(SequenceKey key) {
        List<@Nullable Object> found = link.run(
                        FIND,
                        keys(key),
                        trust,
                        settings.idle(key.model()).toMillis(),
                        settings.remember().toMillis())
                .await();
        String kind = new String(part(found, 0), StandardCharsets.US_ASCII);
        return switch (kind) {
            case "live" -> new Found.Live(row(part(found, 1), PREFIX));
            case "ended" -> new Found.Ended(found.size() < 2 ? null : row(part(found, 1), 0));
            case "expired" ->
                new Found.Expired(Duration.ofMillis((Long) Objects.requireNonNull(found.get(1), "idle time")));
            case "lost" -> new Found.Lost();
            case "unknown" -> new Found.Unknown();
            default -> throw new IllegalStateException("a script's answer: " + kind);
        };
    }

    @Override
    public boolean put(SequenceKey key, SequenceRow.@Nullable Stamp seen, SequenceRow next) {
        boolean starts = seen == null || seen.incarnation() != next.incarnation();
        RedisIndex.Admission admission = null;
        if (starts) {
            try {
                admission = index.admit(key, next);
            } catch (RedisLink.FullException _) {
                throw full(key);
            }
        }
        List<@Nullable Object> answer;
        try {
            answer = link.run(
                            PUT,
                            keys(key),
                            trust,
                            stamp(seen),
                            bytes(next),
                            settings.idle(key.model()).toMillis(),
                            settings.remember().toMillis(),
                            admission == null ? "000" : admission.token())
                    .await();
        } catch (RedisLink.FullException _) {
            if (admission != null) {
                index.refused(admission, null);
            }
            throw full(key);
        }
        boolean done = done(answer);
        if (admission != null) {
            RedisIndex.Admission before = admission(key, answer);
            if (done) {
                index.replaced(admission, before);
            } else {
                index.refused(admission, before);
            }
        }
        return done;
    }

    @Override
    public boolean end(SequenceKey key, SequenceRow.Stamp seen, @Nullable SequenceRow last) {
        Duration remembered = settings.remember().compareTo(LAST) < 0 ? LAST : settings.remember();
        List<@Nullable Object> answer = link.run(
                        END,
                        keys(key),
                        trust,
                        stamp(seen),
                        last == null ? "" : bytes(last),
                        LAST.toMillis(),
                        remembered.toMillis())
                .await();
        boolean done = done(answer);
        RedisIndex.Admission before = admission(key, answer);
        if (done && before != null) {
            index.ended(before);
        }
        return done;
    }

    @Override
    public List<Entry> list(String model, int limit, @Nullable String after) {
        return index.list(model, limit, after);
    }

    /** Those of every process that shares the store. */
    @Override
    public long count(String model, int version) {
        return index.count(model, version);
    }

    /**
     * Those of every process that shares the store: each of them says the same, so take their maximum, not their sum. Where Redis
     * doesn't answer, what it said last.
     */
    @Override
    public Map<String, Usage> usage() {
        return index.usage();
    }

    @Override
    public void requireServing() {
        link.send(commands -> commands.ping()).await();
    }

    /** Takes what has expired off the lists; done now and then anyway. */
    void clean() {
        index.clean();
    }

    @Override
    public void close() {
        index.close();
        link.close();
    }

    private static SequenceException.Limit full(SequenceKey key) {
        return new SequenceException.Limit(key, "Redis's maxmemory");
    }

    static List<String> keys(SequenceKey key) {
        StringBuilder tag = new StringBuilder("tidegate:{").append(key.model()).append(':');
        String id = key.id();
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            switch (c) {
                case '%' -> tag.append("%25");
                case '{' -> tag.append("%7B");
                case '}' -> tag.append("%7D");
                default -> tag.append(c);
            }
        }
        String name = tag.append('}').toString();
        return List.of(name + ":row", name + ":mark", name + ":last");
    }

    /** As a row's first 16 bytes write it; nothing for none. */
    private static byte[] stamp(SequenceRow.@Nullable Stamp stamp) {
        return stamp == null
                ? new byte[0]
                : ByteBuffer.allocate(16)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(stamp.incarnation())
                        .putLong(stamp.steps())
                        .array();
    }

    private static byte[] bytes(SequenceRow row) {
        return row.memory().toArray(ValueLayout.JAVA_BYTE);
    }

    private static SequenceRow row(byte[] value, int from) {
        return SequenceRow.copyOf(MemorySegment.ofArray(value).asSlice(from));
    }

    private static byte[] part(List<@Nullable Object> answer, int i) {
        return (byte[]) Objects.requireNonNull(answer.get(i), "a script's answer");
    }

    private static boolean done(List<@Nullable Object> answer) {
        return Objects.equals(answer.getFirst(), 1L);
    }

    private static RedisIndex.@Nullable Admission admission(SequenceKey key, List<@Nullable Object> answer) {
        byte[] version = part(answer, 1);
        if (version.length == 0) {
            return null;
        }
        return new RedisIndex.Admission(
                key.model(),
                key.id(),
                Math.toIntExact(
                        ByteBuffer.wrap(version).order(ByteOrder.LITTLE_ENDIAN).getLong()),
                new String(part(answer, 2), StandardCharsets.US_ASCII));
    }
}
