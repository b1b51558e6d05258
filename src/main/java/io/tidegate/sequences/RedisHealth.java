package io.tidegate.sequences;

import io.tidegate.inference.RefusedException;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Up while Redis answers. Says where it is, without user and password. */
final class RedisHealth implements HealthIndicator {

    private final RedisStore store;

    RedisHealth(RedisStore store) {
        this.store = store;
    }

    @Override
    public Health health() {
        try {
            store.ping();
            return Health.up().withDetail("redis", store.address()).build();
        } catch (RefusedException e) {
            return Health.down()
                    .withDetail("redis", store.address())
                    .withDetail("error", String.valueOf(e.getMessage()))
                    .build();
        }
    }
}
