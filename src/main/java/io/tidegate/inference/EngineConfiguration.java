package io.tidegate.inference;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.tidegate.core.engine.Engines;
import io.tidegate.core.engine.ReferenceEngine;
import io.tidegate.engine.fused.FusedEngine;
import io.tidegate.engine.nd4j.Nd4jEngine;
import io.tidegate.platform.StartRefusedException;
import io.tidegate.platform.TidegateProperties;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Chooses the engine once, at start, and says which and why: in the log, in {@code /actuator/info} and as a gauge. */
@Configuration(proxyBeanMethods = false)
class EngineConfiguration {

    private static final Logger log = LoggerFactory.getLogger(EngineConfiguration.class);

    /** In the background: what an engine loads and checks, the rest of the start needn't wait for. */
    @Bean(bootstrap = Bean.Bootstrap.BACKGROUND)
    Engines.Selection engineSelection(TidegateProperties properties) {
        Engines.Selection selection = select(properties.engine());
        log.atLevel(selection.passedOver().isEmpty() ? Level.INFO : Level.WARN)
                .log(
                        "engine: {} on {} ({})",
                        selection.engine().name(),
                        selection.engine().description(),
                        selection.reason());
        return selection;
    }

    private static Engines.Selection select(String wanted) {
        try {
            return Engines.select(
                    wanted,
                    List.of(
                            new Engines.Candidate(
                                    FusedEngine.NAME,
                                    () -> FusedEngine.forServing(
                                            Runtime.getRuntime().availableProcessors())),
                            new Engines.Candidate(Nd4jEngine.NAME, Nd4jEngine::create),
                            new Engines.Candidate(ReferenceEngine.NAME, ReferenceEngine::new)));
        } catch (Engines.UnavailableException e) {
            throw new StartRefusedException(
                    Objects.requireNonNull(e.getMessage()),
                    "Set tidegate.engine to auto, or to an engine that runs here.");
        }
    }

    /** Where background beans are made. */
    @Bean
    Executor bootstrapExecutor() {
        return command -> Thread.ofPlatform().name("bootstrap").start(command);
    }

    @Bean
    SmartInitializingSingleton engineGauge(ObjectProvider<Engines.Selection> selected, MeterRegistry meters) {
        return () -> {
            Engines.Selection selection = selected.getObject();
            Gauge.builder("tidegate.engine", () -> 1)
                    .description("1 for the engine that runs the models")
                    .tag("engine", selection.engine().name())
                    .tag("reason", selection.reason())
                    .register(meters);
        };
    }

    @Bean
    InfoContributor engineInfo(ObjectProvider<Engines.Selection> selected) {
        return info -> {
            Engines.Selection selection = selected.getObject();
            info.withDetail(
                    "engine",
                    Map.of(
                            "name", selection.engine().name(),
                            "description", selection.engine().description(),
                            "reason", selection.reason()));
        };
    }
}
