package io.tidegate.training.jobs;

import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.Engines;
import io.tidegate.core.engine.ReferenceEngine;
import io.tidegate.engine.fused.FusedEngine;
import io.tidegate.engine.nd4j.Nd4jEngine;
import io.tidegate.platform.EmbeddedDatabase;
import io.tidegate.platform.StartRefusedException;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.training.recipe.Recipes;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.boot.info.BuildProperties;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What runs jobs: only where {@code tidegate.roles} has {@code train}. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnExpression("'${tidegate.roles:serve,train}'.toLowerCase().contains('train')")
class WorkerConfiguration {

    /** This process, told apart from any other that shares the database. */
    private static final String WORKER =
            ProcessHandle.current().pid() + "-" + UUID.randomUUID().toString().substring(0, 8);

    @Bean
    JobRunner jobRunner(
            JobStore store,
            Recipes recipes,
            TrainerCheckpoints checkpoints,
            ModelRegistry registry,
            JobMeters meters,
            TidegateProperties properties,
            TrainingThreads threads,
            ObjectProvider<BuildProperties> build) {
        TidegateProperties.Training settings = properties.training();
        BuildProperties built = build.getIfAvailable();
        String code = built == null ? "dev" : Objects.requireNonNullElse(built.getVersion(), "dev");
        return new JobRunner(
                store,
                recipes,
                engine(settings.engine(), threads, code),
                checkpoints,
                new Publisher(registry, code),
                meters,
                new JobRun.Limits(
                        settings.checkpointEvery(),
                        settings.checkpointUpdates(),
                        settings.limits().maxWallTime()),
                WORKER,
                System::nanoTime);
    }

    /** Made when the first job needs it. */
    private static Supplier<TrainingEngine> engine(String wanted, TrainingThreads threads, String code) {
        Supplier<Engine> make = switch (wanted) {
            case Engines.AUTO, FusedEngine.NAME, Nd4jEngine.NAME, ReferenceEngine.NAME ->
                () -> Engines.select(wanted, ladder(threads)).engine();
            default ->
                throw new StartRefusedException(
                        "tidegate.training.engine: expected auto, fused, nd4j or reference, got '" + wanted + "'.",
                        "Set it to one of them, or leave it out for auto.");
        };
        return new OnceMade<>(() -> {
            Engine engine = make.get();
            return new TrainingEngine(engine, threads.count(), engine.fingerprint() + " code=" + code);
        });
    }

    private static List<Engines.Candidate> ladder(TrainingThreads threads) {
        return List.of(
                new Engines.Candidate(
                        FusedEngine.NAME, () -> FusedEngine.forTraining(threads.executor(), threads.count())),
                new Engines.Candidate(Nd4jEngine.NAME, Nd4jEngine::create),
                new Engines.Candidate(ReferenceEngine.NAME, () -> new ReferenceEngine(threads.executor())));
    }

    @Bean
    JobScheduler jobScheduler(
            DataSource database,
            JdbcConnectionDetails connection,
            JobRunner runner,
            JobStore store,
            TidegateProperties properties) {
        boolean ownsDatabase = EmbeddedDatabase.isAt(connection.getJdbcUrl());
        return new JobScheduler(
                database,
                runner,
                store,
                properties.training().maxJobs(),
                properties.training().heartbeat(),
                WORKER,
                ownsDatabase,
                Clock.systemUTC());
    }
}
