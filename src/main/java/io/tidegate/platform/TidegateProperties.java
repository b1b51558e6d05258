package io.tidegate.platform;

import io.tidegate.core.engine.WeightFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The service's own settings.
 *
 * @param dataDir everything that must last: models, datasets
 * @param engine {@code auto}, {@code fused}, {@code nd4j} or {@code reference}; a named one that can't run stops the start
 * @param roles what this process does
 */
@ConfigurationProperties("tidegate")
public record TidegateProperties(
        @DefaultValue("./data") Path dataDir,
        @DefaultValue("auto") String engine,
        @DefaultValue({"serve", "train"}) Set<Role> roles,
        @DefaultValue WeightFormats weights,
        @DefaultValue Limits limits,
        @DefaultValue Training training,
        @DefaultValue Security security) {

    public enum Role {
        /** Loads models and answers with them. */
        SERVE,
        /** Runs training jobs; they are taken and shown by every process. */
        TRAIN
    }

    /**
     * How served models' weights are kept: {@code float32}, {@code bf16}, or {@code auto} by size.
     *
     * @param format of all models that {@code models} doesn't name
     * @param models by name
     */
    public record WeightFormats(@DefaultValue("float32") String format, Map<String, String> models) {

        public WeightFormats {
            models = models == null ? Map.of() : Map.copyOf(models);
            checked("format", format);
            models.forEach((model, own) -> checked("models." + model, own));
        }

        public WeightFormat of(String model) {
            return WeightFormat.of(models.getOrDefault(model, format));
        }

        private static void checked(String setting, String format) {
            try {
                WeightFormat.of(format);
            } catch (IllegalArgumentException e) {
                throw new StartRefusedException(
                        "tidegate.weights." + setting + ": " + e.getMessage(),
                        "Correct the setting, or leave it out for float32.");
            }
        }
    }

    /**
     * What one request may ask for.
     *
     * @param maxBody largest request body
     * @param maxDataset largest upload of a dataset, which {@code maxBody} doesn't bound, and each of its parts inflated
     * @param maxSteps longest sequence, in steps
     * @param maxBatch most sequences in a request
     * @param maxGenerated most characters that one call generates
     * @param maxWorkingSet most memory that one request's results and layer outputs may take
     */
    public record Limits(
            @DefaultValue("64MB") DataSize maxBody,
            @DefaultValue("10GB") DataSize maxDataset,
            @DefaultValue("1000000") int maxSteps,
            @DefaultValue("1024") int maxBatch,
            @DefaultValue("10000") int maxGenerated,
            @DefaultValue("512MB") DataSize maxWorkingSet) {}

    /**
     * How jobs are run.
     *
     * @param maxJobs jobs at once in this process
     * @param threads that compute; 0 for one less than there are cores, and at least one
     * @param engine {@code auto}, {@code fused}, {@code nd4j} or {@code reference}
     * @param checkpointEvery time between two checkpoints of a job
     * @param checkpointUpdates updates between two checkpoints, whichever comes first; 0 for time alone
     * @param checkpointsKept the newest ones of a job that stay
     * @param heartbeat how often a worker says that it lives; after four missed ones its jobs are another's
     */
    public record Training(
            @DefaultValue("1") int maxJobs,
            @DefaultValue("0") int threads,
            @DefaultValue("auto") String engine,
            @DefaultValue("30s") Duration checkpointEvery,
            @DefaultValue("0") long checkpointUpdates,
            @DefaultValue("3") int checkpointsKept,
            @DefaultValue("2s") Duration heartbeat,
            @DefaultValue JobLimits limits) {

        public Training {
            if (maxJobs < 1 || threads < 0 || checkpointsKept < 1 || checkpointUpdates < 0) {
                throw new StartRefusedException(
                        "tidegate.training: max-jobs and checkpoints-kept must be 1 or more, threads and checkpoint-updates"
                                + " 0 or more",
                        "Correct the setting, or leave it out for its default.");
            }
        }
    }

    /**
     * What one job may ask for.
     *
     * @param maxUpdates of all its epochs
     * @param maxWallTime that it may run, pauses not counted
     * @param maxMemory estimated; 0 for a job's share of half the largest heap
     * @param maxJobsQueued jobs that may wait for a worker
     */
    public record JobLimits(
            @DefaultValue("10000000") long maxUpdates,
            @DefaultValue("7d") Duration maxWallTime,
            @DefaultValue("0B") DataSize maxMemory,
            @DefaultValue("1000") int maxJobsQueued) {}

    /**
     * Who may call.
     *
     * @param mode {@code open}: anyone who can reach the port
     * @param allowOpenNetwork lets open mode listen beyond loopback, as in a container on a private network
     */
    public record Security(
            @DefaultValue("open") Mode mode,
            @DefaultValue("false") boolean allowOpenNetwork) {

        public enum Mode {
            OPEN
        }
    }
}
