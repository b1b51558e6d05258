package io.tidegate.registry;

import io.micrometer.core.instrument.MeterRegistry;
import io.tidegate.core.engine.Engines;
import io.tidegate.platform.TidegateProperties;
import java.time.Clock;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class RegistryConfiguration {

    @Bean
    ModelRegistry modelRegistry(
            TidegateProperties properties, ObjectProvider<Engines.Selection> selected, MeterRegistry meters) {
        TidegateProperties.WeightFormats formats = properties.weights();
        NetworkLoader networks = (model, config, weights) -> selected.getObject() // which may still be starting
                .engine()
                .load(config, weights, formats.of(model));
        return new ModelRegistry(properties.dataDir(), networks, meters, Clock.systemUTC());
    }

    /** Only processes that share a database share a data directory: the embedded one is its process's own. */
    @Bean
    Upkeep registryUpkeep(
            ModelRegistry registry,
            TidegateProperties properties,
            @Value("${spring.datasource.url:}") String database) {
        return new Upkeep(registry, !database.isEmpty(), properties.unloadAfter());
    }

    /** Runs before the service calls itself ready. A process that only trains loads no model. */
    @Bean
    ApplicationRunner loadModels(ModelRegistry registry, TidegateProperties properties) {
        return arguments -> {
            if (!properties.roles().contains(TidegateProperties.Role.SERVE)) {
                return;
            }
            new BuiltInModels(registry).install();
            registry.loadCurrent();
        };
    }
}
