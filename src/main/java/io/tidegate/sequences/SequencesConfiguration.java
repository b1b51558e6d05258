package io.tidegate.sequences;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.tidegate.inference.RefusedException;
import io.tidegate.inference.Runner;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.registry.ModelRegistry;
import java.time.Clock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class SequencesConfiguration {

    @Bean
    Sequences sequences(ModelRegistry registry, Runner runner, TidegateProperties properties, MeterRegistry meters) {
        return new Sequences(
                registry,
                runner,
                (busy, expired) -> switch (properties.sequences().store()) {
                    case MEMORY -> memory(properties, meters, busy, expired);
                    case REDIS -> new RedisStore(properties.sequences(), expired);
                },
                new StateBlob(SigningKeys.of(
                        properties.sequences().signingKey(),
                        properties.sequences().previousSigningKey(),
                        properties.dataDir())),
                meters,
                Clock.systemUTC());
    }

    /** Down while steps of live sequences can't be kept; requests without one go on, so readiness doesn't depend on it. */
    @Bean
    HealthIndicator sequencesHealthIndicator(Sequences sequences) {
        return () -> {
            try {
                sequences.requireServing();
                return Health.up().build();
            } catch (RefusedException e) {
                return Health.down()
                        .withDetail("error", String.valueOf(e.getMessage()))
                        .build();
            }
        };
    }

    private static MemoryStore memory(
            TidegateProperties properties,
            MeterRegistry meters,
            Predicate<SequenceKey> busy,
            Consumer<SequenceKey> expired) {
        TidegateProperties.Sequences settings = properties.sequences();
        MemoryStore store = new MemoryStore(
                settings,
                recovery -> new FileJournal(properties.dataDir(), settings.durability(), settings.interval(), recovery),
                busy,
                expired,
                System::nanoTime,
                true);
        Gauge.builder(
                        "tidegate.sequences.expiry.lag",
                        store,
                        s -> s.sinceLastTick().toMillis() / 1000.0)
                .description("Time since idle sequences were last looked for; more than some seconds is a fault")
                .baseUnit("seconds")
                .register(meters);
        return store;
    }
}
