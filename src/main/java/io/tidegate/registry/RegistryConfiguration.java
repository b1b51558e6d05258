package io.tidegate.registry;

import io.micrometer.core.instrument.MeterRegistry;
import io.tidegate.core.engine.Engine;
import io.tidegate.platform.TidegateProperties;
import java.time.Clock;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class RegistryConfiguration {

    @Bean
    ModelRegistry modelRegistry(TidegateProperties properties, Engine engine, MeterRegistry meters) {
        return new ModelRegistry(properties.dataDir(), engine, meters, Clock.systemUTC());
    }

    /** Runs before the service calls itself ready. */
    @Bean
    ApplicationRunner loadModels(ModelRegistry registry) {
        return arguments -> {
            new BuiltInModels(registry).install();
            registry.loadCurrent();
        };
    }
}
