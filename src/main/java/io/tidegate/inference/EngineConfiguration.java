package io.tidegate.inference;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.Engines;
import io.tidegate.core.engine.ReferenceEngine;
import io.tidegate.engine.nd4j.Nd4jEngine;
import io.tidegate.platform.TidegateProperties;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Chooses the engine once, at start, and says which and why: in the log, in {@code /actuator/info} and as a gauge. */
@Configuration(proxyBeanMethods = false)
class EngineConfiguration {

    private static final Logger log = LoggerFactory.getLogger(EngineConfiguration.class);

    /** Requests run side by side; ND4J's own threads would wait for each other, spinning. */
    private static final int THREADS_PER_OPERATION = 1;

    @Bean
    Engines.Selection engineSelection(TidegateProperties properties, MeterRegistry meters) {
        Engines.Selection selection = Engines.select(
                properties.engine(),
                List.of(
                        new Engines.Candidate(Nd4jEngine.NAME, () -> Nd4jEngine.create(THREADS_PER_OPERATION)),
                        new Engines.Candidate(ReferenceEngine.NAME, ReferenceEngine::new)));
        log.info(
                "engine: {} on {} ({})",
                selection.engine().name(),
                selection.engine().description(),
                selection.reason());
        Gauge.builder("tidegate.engine", () -> 1)
                .description("1 for the engine that runs the models")
                .tag("engine", selection.engine().name())
                .tag("reason", selection.reason())
                .register(meters);
        return selection;
    }

    @Bean
    Engine engine(Engines.Selection selection) {
        return selection.engine();
    }

    @Bean
    InfoContributor engineInfo(Engines.Selection selection) {
        return info -> info.withDetail(
                "engine",
                Map.of(
                        "name", selection.engine().name(),
                        "description", selection.engine().description(),
                        "reason", selection.reason()));
    }
}
