package io.tidegate.sequences;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import io.tidegate.inference.Failure;
import io.tidegate.inference.RefusedException;
import io.tidegate.platform.StartRefusedException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shared connection to Redis or Valkey, made when it is first needed and again when it broke.
 *
 * <p>A command is sent once at most: what was under way when a connection broke is given up, never sent again on the next one.
 * Whoever waits, waits for the timeout at most, and is refused then.
 */
final class RedisLink implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RedisLink.class);

    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final long BETWEEN_TRIES = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long BETWEEN_WARNINGS = TimeUnit.SECONDS.toNanos(30);
    /** Commands that may wait for an answer; more are refused. */
    private static final int QUEUE = 50_000;

    /** Redis's own memory limit is reached. */
    static final class FullException extends RuntimeException {
        FullException() {
            super("Redis has reached its maxmemory", null, false, false);
        }
    }

    /** A script that Redis knows by its digest once it has run. */
    record Script(String text, String sha) {
        static Script of(String text) {
            try {
                byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
                return new Script(text, HexFormat.of().formatHex(digest));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** A command on its way. */
    interface Pending<T extends @Nullable Object> {
        T await();
    }

    private static final class Connected {
        final AbstractRedisClient client;
        final StatefulConnection<byte[], byte[]> connection;
        final RedisClusterAsyncCommands<byte[], byte[]> commands;

        Connected(
                AbstractRedisClient client,
                StatefulConnection<byte[], byte[]> connection,
                RedisClusterAsyncCommands<byte[], byte[]> commands) {
            this.client = client;
            this.connection = connection;
            this.commands = commands;
        }

        void close() {
            var _ = client.shutdownAsync(0, 2, TimeUnit.SECONDS);
        }
    }

    private final RedisURI uri;
    private final String address;
    private final Duration timeout;
    private final ClientResources resources;
    private final ReentrantLock connecting = new ReentrantLock();
    private volatile @Nullable Connected connected;
    private volatile boolean closed;
    private long nextTry = System.nanoTime();
    private final AtomicLong answered = new AtomicLong(System.nanoTime());
    private final AtomicLong nextWarning = new AtomicLong(System.nanoTime());

    /** @param uri {@code redis://}, {@code rediss://} (TLS) or {@code redis-sentinel://}; may hold a password, and is never shown */
    RedisLink(String uri) {
        this.uri = parse(uri);
        this.address = address(this.uri);
        if (!uri.toLowerCase(Locale.ROOT).contains("timeout=")) {
            this.uri.setTimeout(TIMEOUT);
        }
        this.timeout = this.uri.getTimeout();
        this.resources = DefaultClientResources.builder()
                .ioThreadPoolSize(2)
                .computationThreadPoolSize(2)
                .reconnectDelay(Delay.constant(Duration.ofMillis(500)))
                .build();
    }

    private static RedisURI parse(String uri) {
        try {
            return RedisURI.create(uri.strip());
        } catch (RuntimeException _) { // its message may hold the password
            throw new StartRefusedException(
                    "tidegate.sequences.redis isn't the address of a Redis server",
                    "Write it as redis://user:password@host:6379/0, or rediss:// with TLS,"
                            + " or redis-sentinel://host:26379#name; percent-encode what isn't a letter or a digit in a password.");
        }
    }

    private static String address(RedisURI uri) {
        if (uri.getHost() != null) {
            return uri.getHost() + ":" + uri.getPort();
        }
        if (uri.getSentinelMasterId() != null) {
            return "sentinels of " + uri.getSentinelMasterId();
        }
        return "socket";
    }

    <T extends @Nullable Object> Pending<T> send(
            Function<RedisClusterAsyncCommands<byte[], byte[]>, ? extends Future<T>> command) {
        Connected link = connected();
        Future<T> sent = sent(link, command);
        return () -> {
            try {
                return result(link, sent);
            } catch (RedisNoScriptException e) {
                throw unavailable(e);
            }
        };
    }

    /** @param args bytes, or text, or numbers */
    Pending<List<@Nullable Object>> run(Script script, List<String> keys, Object... args) {
        byte[][] k = keys.stream().map(RedisLink::bytes).toArray(byte[][]::new);
        byte[][] a = new byte[args.length][];
        for (int i = 0; i < a.length; i++) {
            a[i] = bytes(args[i]);
        }
        Connected link = connected();
        Future<List<@Nullable Object>> sent =
                sent(link, commands -> commands.evalsha(script.sha, ScriptOutputType.MULTI, k, a));
        return () -> {
            try {
                return result(link, sent);
            } catch (RedisNoScriptException _) { // it has not run, so it may be sent again
                Function<RedisClusterAsyncCommands<byte[], byte[]>, Future<List<@Nullable Object>>> whole =
                        commands -> commands.eval(script.text, ScriptOutputType.MULTI, k, a);
                return result(link, sent(link, whole));
            }
        };
    }

    static byte[] bytes(Object value) {
        return value instanceof byte[] bytes ? bytes : value.toString().getBytes(StandardCharsets.UTF_8);
    }

    private <T extends @Nullable Object> Future<T> sent(
            Connected link, Function<RedisClusterAsyncCommands<byte[], byte[]>, ? extends Future<T>> command) {
        try {
            return command.apply(link.commands);
        } catch (RuntimeException e) {
            throw unavailable(e);
        }
    }

    private <T extends @Nullable Object> T result(Connected link, Future<T> sent) {
        try {
            T result = sent.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            answered.set(System.nanoTime());
            return result;
        } catch (TimeoutException e) {
            sent.cancel(false);
            if (System.nanoTime() - answered.get() > 3 * timeout.toNanos()) {
                drop(link); // its peer may be gone without a word
            }
            throw unavailable(e);
        } catch (InterruptedException _) {
            sent.cancel(false);
            Thread.currentThread().interrupt();
            throw new RefusedException(Failure.Kind.CANCELLED, "given up while the store of live sequences was asked");
        } catch (CancellationException e) {
            throw unavailable(e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof RedisNoScriptException noScript) {
                throw noScript;
            }
            if (cause instanceof RedisCommandExecutionException refused) {
                answered.set(System.nanoTime());
                if (String.valueOf(refused.getMessage()).contains("OOM command not allowed")) {
                    throw new FullException();
                }
            }
            throw unavailable(cause == null ? e : cause);
        }
    }

    /** The caller isn't told why; the log is, now and then. */
    private RefusedException unavailable(Throwable why) {
        warn(why);
        return new RefusedException(
                Failure.Kind.UNAVAILABLE,
                "the store of live sequences doesn't answer, so whether the sequence was advanced isn't known:"
                        + " send the request again under the same id, and it is made once",
                RETRY_AFTER);
    }

    private static RefusedException unreachable() {
        return new RefusedException(
                Failure.Kind.UNAVAILABLE,
                "the store of live sequences can't be reached; nothing was advanced: try again later",
                RETRY_AFTER);
    }

    private void warn(Throwable why) {
        long now = System.nanoTime();
        long due = nextWarning.get();
        if (!closed && now - due >= 0 && nextWarning.compareAndSet(due, now + BETWEEN_WARNINGS)) {
            String reason = why instanceof TimeoutException
                    ? "no answer within " + timeout.toMillis() + " ms"
                    : said(why) + (why.getCause() == null ? "" : ": " + said(why.getCause()));
            log.warn("the store of live sequences, Redis at {}, doesn't serve: {}", address, reason);
        }
    }

    private static String said(Throwable why) {
        String message = why.getMessage();
        return message == null ? why.getClass().getSimpleName() : message;
    }

    private Connected connected() {
        Connected link = connected;
        if (link != null && link.connection.isOpen()) {
            return link;
        }
        try {
            if (!connecting.tryLock(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw unreachable();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new RefusedException(Failure.Kind.CANCELLED, "given up while the store of live sequences was asked");
        }
        try {
            link = connected;
            if (link != null && link.connection.isOpen()) {
                return link;
            }
            if (closed || System.nanoTime() - nextTry < 0) {
                throw unreachable();
            }
            if (link != null) {
                drop(link);
            }
            try {
                link = connect();
            } finally {
                nextTry = System.nanoTime() + BETWEEN_TRIES;
            }
            connected = link;
            answered.set(System.nanoTime());
            log.info("live sequences are kept in Redis at {}", address);
            return link;
        } catch (RefusedException _) {
            throw unreachable();
        } catch (RuntimeException e) {
            warn(e);
            throw unreachable();
        } finally {
            connecting.unlock();
        }
    }

    private Connected connect() {
        RedisClient client = RedisClient.create(resources, uri);
        try {
            client.setOptions(
                    options(ClientOptions.builder()).autoReconnect(false).build());
            StatefulRedisConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE);
            Connected single = new Connected(client, connection, connection.async());
            String cluster = result(single, sent(single, commands -> commands.info("cluster")));
            if (!cluster.contains("cluster_enabled:1")) {
                return single;
            }
        } catch (RuntimeException e) {
            var _ = client.shutdownAsync(0, 2, TimeUnit.SECONDS);
            throw e;
        }
        var _ = client.shutdownAsync(0, 2, TimeUnit.SECONDS);
        RedisClusterClient cluster = RedisClusterClient.create(resources, uri);
        try {
            ClusterClientOptions.Builder builder = ClusterClientOptions.builder();
            options(builder);
            cluster.setOptions(builder.topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                            .enablePeriodicRefresh(Duration.ofSeconds(30))
                            .build())
                    .build());
            StatefulRedisClusterConnection<byte[], byte[]> connection = cluster.connect(ByteArrayCodec.INSTANCE);
            return new Connected(cluster, connection, connection.async());
        } catch (RuntimeException e) {
            var _ = cluster.shutdownAsync(0, 2, TimeUnit.SECONDS);
            throw e;
        }
    }

    private ClientOptions.Builder options(ClientOptions.Builder builder) {
        return builder.disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .replayFilter(_ -> true)
                .requestQueueSize(QUEUE)
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(timeout)
                        .keepAlive(true)
                        .build());
    }

    private void drop(Connected link) {
        if (connected == link) {
            connected = null;
        }
        link.close();
    }

    @Override
    public void close() {
        closed = true;
        Connected link = connected;
        if (link != null) {
            drop(link);
        }
        var _ = resources.shutdown(0, 2, TimeUnit.SECONDS);
    }
}
