package io.tidegate.sequences;

import java.io.IOException;

/** The tests' Redis server, for benchmarks. */
public final class BenchRedis implements AutoCloseable {

    private final RealRedis redis;

    private BenchRedis(RealRedis redis) {
        this.redis = redis;
    }

    /** On loopback, with nothing written to disk. */
    public static BenchRedis open() throws IOException {
        return new BenchRedis(RealRedis.open());
    }

    public String uri() {
        return "redis://127.0.0.1:" + redis.port();
    }

    @Override
    public void close() throws IOException {
        redis.close();
    }
}
