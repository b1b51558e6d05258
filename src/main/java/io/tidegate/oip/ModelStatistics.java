package io.tidegate.oip;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import io.tidegate.inference.Statistics;
import io.tidegate.registry.ModelVersion;
import java.util.List;
import java.util.Map;

/**
 * What a version has done since the server started, in Triton's form. A request's time is what it waited and what its runs took:
 * input is the time in which what ran together was put into one batch, output that in which results were handed out. What a
 * transport and its own form of tensors take isn't in it.
 *
 * @param lastInference in milliseconds since 1970; 0 for never
 * @param inferenceCount sequences in requests that were answered
 * @param executionCount runs of the engine
 */
public record ModelStatistics(
        @Schema(example = "digits-wm") String name,
        @Schema(example = "1") String version,

        @JsonProperty("last_inference") @Schema(example = "1767225600000")
        long lastInference,

        @JsonProperty("inference_count") @Schema(example = "3")
        long inferenceCount,

        @JsonProperty("execution_count") @Schema(example = "2")
        long executionCount,

        @JsonProperty("inference_stats") InferenceStats inferenceStats,

        @JsonProperty("response_stats") @Schema(description = "empty: every request has one response")
        Map<String, Object> responseStats,

        @JsonProperty("batch_stats") List<BatchStats> batchStats,

        @JsonProperty("memory_usage")
        @Schema(
                description =
                        "its weights, as the engine keeps them; empty where it isn't loaded, or they may be elsewhere")
        List<MemoryUsage> memoryUsage) {

    /** How often, and how long in all, in nanoseconds. */
    public record Spent(long count, long ns) {
        private static final Spent NONE = new Spent(0, 0);

        private static Spent of(Statistics.Spent spent) {
            return new Spent(spent.count(), spent.nanos());
        }
    }

    public record InferenceStats(
            Spent success,
            Spent fail,
            Spent queue,

            @JsonProperty("compute_input") Spent computeInput,

            @JsonProperty("compute_infer") Spent computeInfer,

            @JsonProperty("compute_output") Spent computeOutput,

            @JsonProperty("cache_hit") Spent cacheHit,

            @JsonProperty("cache_miss") Spent cacheMiss) {}

    /** Runs with one number of sequences. */
    public record BatchStats(
            @JsonProperty("batch_size") @Schema(example = "1")
            long batchSize,

            @JsonProperty("compute_input") Spent computeInput,

            @JsonProperty("compute_infer") Spent computeInfer,

            @JsonProperty("compute_output") Spent computeOutput) {}

    /** @param type {@code CPU} for main memory */
    public record MemoryUsage(
            @Schema(example = "CPU") String type,
            long id,

            @JsonProperty("byte_size") @Schema(example = "75000")
            long byteSize) {}

    public static ModelStatistics of(ModelVersion version, Statistics counted, List<MemoryUsage> memory) {
        Statistics.Computed compute = counted.compute();
        InferenceStats stats = new InferenceStats(
                Spent.of(counted.success()),
                Spent.of(counted.failure()),
                Spent.of(counted.queue()),
                new Spent(compute.count(), compute.inputNanos()),
                new Spent(compute.count(), compute.inferNanos()),
                new Spent(compute.count(), compute.outputNanos()),
                Spent.NONE,
                Spent.NONE);
        List<BatchStats> batches = counted.batches().entrySet().stream()
                .map(each -> batch(each.getKey(), each.getValue()))
                .toList();
        return new ModelStatistics(
                version.name(),
                Integer.toString(version.number()),
                counted.lastMillis(),
                counted.inferences(),
                counted.executions(),
                stats,
                Map.of(),
                batches,
                memory);
    }

    private static BatchStats batch(int size, Statistics.Computed runs) {
        return new BatchStats(
                size,
                new Spent(runs.count(), runs.inputNanos()),
                new Spent(runs.count(), runs.inferNanos()),
                new Spent(runs.count(), runs.outputNanos()));
    }
}
