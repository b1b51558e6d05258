package io.tidegate.platform;

import io.tidegate.core.engine.WeightFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The service's own settings.
 *
 * @param dataDir everything that must last: models, datasets
 * @param engine {@code auto}, {@code fused}, {@code nd4j} or {@code reference}; a named one that can't run stops the start
 * @param roles what this process does
 * @param unloadAfter a version that no alias points to leaves memory when nobody has used it for so long; zero for never
 */
@ConfigurationProperties("tidegate")
public record TidegateProperties(
        @DefaultValue("./data") Path dataDir,
        @DefaultValue("auto") String engine,
        @DefaultValue({"serve", "train"}) Set<Role> roles,
        @DefaultValue WeightFormats weights,
        @DefaultValue("1m") Duration unloadAfter,
        @DefaultValue Limits limits,
        @DefaultValue Batching batching,
        @DefaultValue Sequences sequences,
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
     * @param maxBodyTime that a body may take to come; of a dataset so much longer as it may be larger
     * @param maxDataset largest upload of a dataset, which {@code maxBody} doesn't bound, and each of its parts inflated
     * @param maxSteps longest sequence, in steps
     * @param maxBatch most sequences in a request
     * @param maxGenerated most characters that one call generates
     * @param maxWorkingSet most memory that one request's results and layer outputs may take
     */
    public record Limits(
            @DefaultValue("64MB") DataSize maxBody,
            @DefaultValue("60s") Duration maxBodyTime,
            @DefaultValue("10GB") DataSize maxDataset,
            @DefaultValue("1000000") int maxSteps,
            @DefaultValue("1024") int maxBatch,
            @DefaultValue("10000") int maxGenerated,
            @DefaultValue("512MB") DataSize maxWorkingSet) {

        public Limits {
            if (maxBody.toBytes() < 1 || !maxBodyTime.isPositive()) {
                throw new StartRefusedException(
                        "tidegate.limits: max-body and max-body-time must be more than 0",
                        "Correct the setting, or leave it out for its default.");
            }
        }
    }

    /**
     * How requests to one model are run together.
     *
     * @param maxBatchSize most sequences in one run, unless a single request has more
     * @param maxDelay that a request waits for others to come; by default only those that wait anyway are run together
     * @param maxQueue requests that may wait for a version; more are refused
     */
    public record Batching(
            @DefaultValue("64") int maxBatchSize,
            @DefaultValue("0ms") Duration maxDelay,
            @DefaultValue("10000") int maxQueue) {

        /** Of requests: 1 is the highest. */
        public static final int PRIORITY_LEVELS = 10, DEFAULT_PRIORITY = 5;

        public Batching {
            if (maxBatchSize < 1 || maxQueue < 1 || maxDelay.isNegative()) {
                throw new StartRefusedException(
                        "tidegate.batching: max-batch-size and max-queue must be 1 or more, max-delay 0 or more",
                        "Correct the setting, or leave it out for its default.");
            }
        }
    }

    /**
     * Live sequences: state kept between requests.
     *
     * @param store {@code memory}, or {@code redis} where several processes share them
     * @param durability what a killed process may lose, in the memory store; a graceful stop loses nothing in any case
     * @param interval between two writings of what has changed, where durability is periodic
     * @param idle time without a request after which a sequence is given up
     * @param maxBytes that live sequences of all models may take
     * @param maxModelBytes that those of one model may take
     * @param models other values for single models, by name
     * @param remember how long an id that ended or expired is told from one that never was
     * @param maxRemembered so many of them at most
     * @param signingKey for states that leave the server, in Base64; empty for one made once and kept under the data directory
     * @param previousSigningKey also taken, not used for new ones: for a change of keys
     * @param redis where the store is, if it is {@code redis}; text, since a URI that can't be read would be shown with its password
     */
    public record Sequences(
            @DefaultValue("memory") Store store,
            @DefaultValue("periodic") Durability durability,
            @DefaultValue("1s") Duration interval,
            @DefaultValue("10m") Duration idle,
            @DefaultValue("4GB") DataSize maxBytes,
            @DefaultValue("4GB") DataSize maxModelBytes,
            Map<String, SequenceLimits> models,
            @DefaultValue("1h") Duration remember,
            @DefaultValue("1000000") int maxRemembered,
            @DefaultValue("") String signingKey,
            @DefaultValue("") String previousSigningKey,
            @DefaultValue("redis://localhost:6379") String redis) {

        public enum Store {
            MEMORY,
            REDIS
        }

        public enum Durability {
            /** Lost with the process. */
            NONE,
            /** Steps since the last writing are lost, and their sequences say so. */
            PERIODIC,
            /** No step is answered before it is on disk. */
            EVERY_STEP
        }

        public Sequences {
            models = models == null ? Map.of() : Map.copyOf(models);
            if (interval.isNegative() || interval.isZero() || idle.isNegative() || idle.isZero()) {
                throw new StartRefusedException(
                        "tidegate.sequences: interval and idle must be more than 0",
                        "Correct the setting, or leave it out for its default.");
            }
        }

        public Duration idle(String model) {
            SequenceLimits own = models.get(model);
            return own == null || own.idle() == null ? idle : own.idle();
        }

        public DataSize maxBytes(String model) {
            SequenceLimits own = models.get(model);
            return own == null || own.maxBytes() == null ? maxModelBytes : own.maxBytes();
        }
    }

    /**
     * Of one model's live sequences.
     *
     * @param idle null for that of all models
     * @param maxBytes null for that of all models
     */
    public record SequenceLimits(
            @Nullable Duration idle, @Nullable DataSize maxBytes) {}

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
