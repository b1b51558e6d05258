package io.tidegate.oip;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import io.tidegate.inference.Statistics;
import io.tidegate.registry.ModelVersion;
import java.util.List;
import java.util.Map;

/**
 * What a version has done since the server started, in Triton's form. Input and output aren't timed by themselves: their time is
 * 0, and a request's time is what it waited and what it ran.
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

        @JsonProperty("memory_usage") @Schema(description = "empty: not measured by version")
        List<Object> memoryUsage) {

    /** How often, and how long in all, in nanoseconds. */
    public record Spent(long count, long ns) {
        private static final Spent NONE = new Spent(0, 0);

        private static Spent of(Statistics.Spent spent) {
            return new Spent(spent.count(), spent.nanos());
        }

        private Spent untimed() {
            return new Spent(count, 0);
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

    public static ModelStatistics of(ModelVersion version, Statistics counted) {
        Spent compute = Spent.of(counted.compute());
        InferenceStats stats = new InferenceStats(
                Spent.of(counted.success()),
                Spent.of(counted.failure()),
                Spent.of(counted.queue()),
                compute.untimed(),
                compute,
                compute.untimed(),
                Spent.NONE,
                Spent.NONE);
        List<BatchStats> batches = counted.batches().entrySet().stream()
                .map(each -> batch(each.getKey(), Spent.of(each.getValue())))
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
                List.of());
    }

    private static BatchStats batch(int size, Spent runs) {
        return new BatchStats(size, runs.untimed(), runs, runs.untimed());
    }
}
