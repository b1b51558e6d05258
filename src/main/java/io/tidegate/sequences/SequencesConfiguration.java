package io.tidegate.sequences;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.tidegate.inference.Runner;
import io.tidegate.platform.StartRefusedException;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.registry.ModelRegistry;
import java.time.Clock;
import java.util.function.Predicate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class SequencesConfiguration {

    @Bean
    Sequences sequences(ModelRegistry registry, Runner runner, TidegateProperties properties, MeterRegistry meters) {
        return new Sequences(
                registry,
                runner,
                (busy, gone) -> switch (properties.sequences().store()) {
                    case MEMORY -> memory(properties, meters, busy, gone);
                    case REDIS ->
                        throw new StartRefusedException(
                                "tidegate.sequences.store=redis: this build has no such store yet.",
                                "Leave the setting out for memory.");
                },
                new StateBlob(SigningKeys.of(
                        properties.sequences().signingKey(),
                        properties.sequences().previousSigningKey(),
                        properties.dataDir())),
                meters,
                Clock.systemUTC());
    }

    private static MemoryStore memory(
            TidegateProperties properties, MeterRegistry meters, Predicate<SequenceKey> busy, Sequences.Gone gone) {
        TidegateProperties.Sequences settings = properties.sequences();
        MemoryStore store = new MemoryStore(
                settings,
                recovery -> new FileJournal(properties.dataDir(), settings.durability(), settings.interval(), recovery),
                busy,
                gone,
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
