package io.tidegate.sequences;

import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.ScoredValue;
import io.tidegate.inference.RefusedException;
import io.tidegate.platform.TidegateProperties;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which sequences a model has in Redis. It may name one that is gone for a while, and names every live one:
 *
 * <ul>
 *   <li>{@code tidegate:models}, the models that have or had sequences;
 *   <li>{@code tidegate:{model}:versions}, a hash: version to a row's bytes;
 *   <li>{@code tidegate:{model}:ids}, a sorted set by id;
 *   <li>{@code tidegate:{model}:due:<version>}, a sorted set by when a sequence expires unless somebody asked for it.
 * </ul>
 *
 * <p>These can't change together with a row, which may be on another node. So an id is entered before its row is written, with a
 * token in the fraction of its score that the row has too, and taken off only under the token that it was entered with: a late
 * removal leaves a sequence that began again alone. Steps change nothing here; when an entry is due, its row is looked at.
 */
final class RedisIndex implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RedisIndex.class);

    private static final Duration CLEANED_EVERY = Duration.ofSeconds(5);
    private static final int CLEANED_AT_ONCE = 500;

    private static final String MODELS = "tidegate:models";

    /** An entry: of an id, with the version and the token that its row has. */
    record Admission(String model, String id, int version, String token) {}

    /** KEYS ids, due, versions; ARGV id, milliseconds that it lives, token, version, a row's bytes, most bytes. */
    private static final RedisLink.Script ADMIT = RedisLink.Script.of("""
            if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
              if (redis.call('ZCARD', KEYS[1]) + 1) * ARGV[5] > tonumber(ARGV[6]) then return {0} end
            end
            local t = redis.call('TIME')
            local due = string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000) + ARGV[2]) .. '.' .. ARGV[3]
            redis.call('ZADD', KEYS[1], 0, ARGV[1])
            redis.call('ZADD', KEYS[2], due, ARGV[1])
            redis.call('HSET', KEYS[3], ARGV[4], ARGV[5])
            return {1}
            """);

    /**
     * KEYS ids, due; ARGV id, token that it must have, then what to do: {@code gone} takes the id off both, {@code moved} off due,
     * else a token or milliseconds from now and a token to enter instead.
     */
    private static final RedisLink.Script SETTLE = RedisLink.Script.of("""
            local score = redis.call('ZSCORE', KEYS[2], ARGV[1])
            if not score then return {0} end
            score = tonumber(score)
            if math.floor((score % 1) * 1000 + 0.5) ~= tonumber(ARGV[2]) then return {0} end
            if ARGV[3] == 'gone' then
              redis.call('ZREM', KEYS[1], ARGV[1])
              redis.call('ZREM', KEYS[2], ARGV[1])
            elseif ARGV[3] == 'moved' then
              redis.call('ZREM', KEYS[2], ARGV[1])
            else
              local due = math.floor(score)
              if ARGV[4] ~= '' then
                local t = redis.call('TIME')
                due = t[1] * 1000 + math.floor(t[2] / 1000) + ARGV[4]
              end
              redis.call('ZADD', KEYS[2], string.format('%.0f', due) .. '.' .. ARGV[3], ARGV[1])
            end
            return {1}
            """);

    /** ARGV trust. Answers nothing for a sequence that doesn't live, else version, steps, bytes, milliseconds left, token. */
    private static final RedisLink.Script PEEK = RedisLink.Script.of(RedisStore.PRELUDE + """
            local head = redis.call('GETRANGE', KEYS[1], 0, 74)
            if not current(head) then return {} end
            return {string.sub(head, 68, 75), string.sub(head, 52, 59), redis.call('STRLEN', KEYS[1]) - 43,
              redis.call('PTTL', KEYS[1]), string.sub(head, 41, 43)}
            """);

    private record Peek(int version, long steps, long bytes, long left, String token) {}

    private final RedisLink link;
    private final TidegateProperties.Sequences settings;
    private final String trust;
    private final Consumer<SequenceKey> expired;
    private final Thread cleaner;
    private volatile Map<String, SequenceStore.Usage> usage = Map.of();

    RedisIndex(RedisLink link, TidegateProperties.Sequences settings, String trust, Consumer<SequenceKey> expired) {
        this.link = link;
        this.expired = expired;
        this.settings = settings;
        this.trust = trust;
        this.cleaner = Thread.ofVirtual().name("sequences-redis").start(this::cleanNowAndThen);
    }

    /**
     * Enters a sequence that is about to start.
     *
     * @throws SequenceException.Limit if there is no room for it
     * @throws RedisLink.FullException as it says
     */
    Admission admit(SequenceKey key, SequenceRow row) {
        long bytes = row.bytes();
        long others = 0;
        for (Map.Entry<String, SequenceStore.Usage> each : usage.entrySet()) {
            others += each.getKey().equals(key.model()) ? 0 : each.getValue().bytes();
        }
        long most = settings.maxBytes(key.model()).toBytes();
        long left = settings.maxBytes().toBytes() - others;
        Admission admission = new Admission(
                key.model(),
                key.id(),
                row.version(),
                "%03d".formatted(ThreadLocalRandom.current().nextInt(1000)));
        if (!admitted(admission, bytes, Math.min(most, left))) {
            clean(key.model());
            if (!admitted(admission, bytes, Math.min(most, left))) {
                throw new SequenceException.Limit(
                        key,
                        left < most
                                ? "tidegate.sequences.max-bytes (" + settings.maxBytes() + ")"
                                : "tidegate.sequences.max-model-bytes (" + settings.maxBytes(key.model()) + ")");
            }
        }
        return admission;
    }

    private boolean admitted(Admission entry, long bytes, long most) {
        RedisLink.Pending<Long> named = link.send(commands -> commands.sadd(utf8(MODELS), utf8(entry.model)));
        RedisLink.Pending<List<@Nullable Object>> answer = link.run(
                ADMIT,
                List.of(ids(entry.model), due(entry.model, entry.version), versions(entry.model)),
                entry.id,
                settings.idle(entry.model).toMillis(),
                entry.token,
                entry.version,
                bytes,
                most);
        named.await();
        return Objects.equals(answer.await().getFirst(), 1L);
    }

    /** An admitted sequence started; another may have lived under its id until then. */
    void replaced(Admission admitted, @Nullable Admission before) {
        if (before != null && before.version != admitted.version) {
            settle(before, "moved");
        }
    }

    /** An admitted sequence didn't start; another may live under its id. */
    void refused(Admission admitted, @Nullable Admission live) {
        if (live == null) {
            settle(admitted, "gone");
        } else if (live.version != admitted.version) {
            settle(admitted, "moved");
        } else {
            settle(admitted, live.token);
        }
    }

    void ended(Admission ended) {
        settle(ended, "gone");
    }

    /** What is left undone here is done when the entry is due. */
    private void settle(Admission entry, String what) {
        try {
            settling(entry, what, "").await();
        } catch (RefusedException | RedisLink.FullException e) {
            log.debug("an entry of model '{}' stays until it is due: {}", entry.model, e.getMessage());
        }
    }

    private RedisLink.Pending<List<@Nullable Object>> settling(Admission entry, String what, Object left) {
        return link.run(
                SETTLE, List.of(ids(entry.model), due(entry.model, entry.version)), entry.id, entry.token, what, left);
    }

    List<SequenceStore.Entry> list(String model, int limit, @Nullable String after) {
        List<SequenceStore.Entry> page = new ArrayList<>();
        long idle = settings.idle(model).toMillis();
        String from = after;
        while (page.size() < limit) {
            int wanted = limit - page.size();
            Range<byte[]> range = Range.from(
                    from == null ? Range.Boundary.unbounded() : Range.Boundary.excluding(utf8(from)),
                    Range.Boundary.unbounded());
            List<String> ids = link
                    .send(commands -> commands.zrangebylex(utf8(ids(model)), range, Limit.from(wanted)))
                    .await()
                    .stream()
                    .map(RedisIndex::text)
                    .toList();
            List<@Nullable Peek> rows = peek(model, ids);
            for (int i = 0; i < ids.size(); i++) {
                Peek row = rows.get(i);
                if (row != null) {
                    page.add(new SequenceStore.Entry(
                            ids.get(i),
                            row.version,
                            row.steps,
                            Duration.ofMillis(Math.max(0, idle - row.left)),
                            row.bytes));
                }
            }
            if (ids.size() < wanted) {
                break;
            }
            from = ids.getLast();
        }
        return page;
    }

    private List<@Nullable Peek> peek(String model, List<String> ids) {
        List<RedisLink.Pending<List<@Nullable Object>>> asked = ids.stream()
                .map(id -> link.run(PEEK, RedisStore.keys(new SequenceKey(model, id)), trust))
                .toList();
        List<@Nullable Peek> rows = new ArrayList<>();
        for (RedisLink.Pending<List<@Nullable Object>> each : asked) {
            List<@Nullable Object> row = each.await();
            rows.add(
                    row.isEmpty()
                            ? null
                            : new Peek(
                                    Math.toIntExact(number(row.get(0))),
                                    number(row.get(1)),
                                    number(row.get(2)),
                                    number(row.get(3)),
                                    text((byte[]) Objects.requireNonNull(row.get(4)))));
        }
        return rows;
    }

    long count(String model, int version) {
        return link.send(commands -> commands.zcard(utf8(due(model, version)))).await();
    }

    Map<String, SequenceStore.Usage> usage() {
        try {
            measure();
        } catch (RefusedException e) {
            log.debug("usage isn't known: {}", e.getMessage());
        }
        return usage;
    }

    private void measure() {
        Map<String, SequenceStore.Usage> now = new HashMap<>();
        for (String model : models()) {
            long sequences = 0;
            long bytes = 0;
            for (Map.Entry<Integer, Long> version : rowBytes(model).entrySet()) {
                long count = count(model, version.getKey());
                sequences += count;
                bytes += count * version.getValue();
            }
            if (sequences > 0) {
                now.put(model, new SequenceStore.Usage(sequences, bytes));
            }
        }
        usage = Map.copyOf(now);
    }

    private List<String> models() {
        return link.send(commands -> commands.smembers(utf8(MODELS))).await().stream()
                .map(RedisIndex::text)
                .toList();
    }

    private Map<Integer, Long> rowBytes(String model) {
        Map<Integer, Long> bytes = new HashMap<>();
        link.send(commands -> commands.hgetall(utf8(versions(model))))
                .await()
                .forEach((version, each) -> bytes.put(Integer.valueOf(text(version)), Long.valueOf(text(each))));
        return bytes;
    }

    private void cleanNowAndThen() {
        try {
            while (!Thread.interrupted()) {
                Thread.sleep(CLEANED_EVERY);
                try {
                    clean();
                    measure();
                } catch (RefusedException | RedisLink.FullException e) {
                    log.debug("cleaned later: {}", e.getMessage());
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    void clean() {
        for (String model : models()) {
            clean(model);
        }
    }

    private void clean(String model) {
        for (int version : rowBytes(model).keySet()) {
            while (clean(model, version) == CLEANED_AT_ONCE) {
                // more are due
            }
        }
    }

    /** Looks at the rows of entries that are due: gone, or asked for meanwhile. */
    private int clean(String model, int version) {
        List<byte[]> time = link.send(commands -> commands.time()).await();
        long now = 1000 * Long.parseLong(text(time.get(0))) + Long.parseLong(text(time.get(1))) / 1000;
        List<ScoredValue<byte[]>> due = link.send(commands -> commands.zrangebyscoreWithScores(
                        utf8(due(model, version)), Range.create(0L, now), Limit.from(CLEANED_AT_ONCE)))
                .await();
        List<String> ids = due.stream().map(each -> text(each.getValue())).toList();
        List<@Nullable Peek> rows = peek(model, ids);
        List<RedisLink.Pending<List<@Nullable Object>>> settled = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            Admission entry = new Admission(
                    model,
                    ids.get(i),
                    version,
                    "%03d".formatted(Math.round(due.get(i).getScore() % 1 * 1000)));
            Peek row = rows.get(i);
            settled.add(
                    row == null
                            ? settling(entry, "gone", "")
                            : row.version != version
                                    ? settling(entry, "moved", "")
                                    : settling(entry, row.token, Math.max(1, row.left)));
        }
        for (int i = 0; i < ids.size(); i++) {
            boolean done = Objects.equals(settled.get(i).await().getFirst(), 1L);
            if (done && rows.get(i) == null) {
                expired.accept(new SequenceKey(model, ids.get(i)));
            }
        }
        return ids.size();
    }

    @Override
    public void close() {
        cleaner.interrupt();
    }

    private static String ids(String model) {
        return "tidegate:{" + model + "}:ids";
    }

    private static String due(String model, int version) {
        return "tidegate:{" + model + "}:due:" + version;
    }

    private static String versions(String model) {
        return "tidegate:{" + model + "}:versions";
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /** A script's integer, or a row's eight bytes. */
    private static long number(@Nullable Object value) {
        return switch (value) {
            case Long number -> number;
            case byte[] eight ->
                java.nio.ByteBuffer.wrap(eight)
                        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                        .getLong();
            case null, default -> throw new IllegalStateException("a script's answer: " + value);
        };
    }
}
