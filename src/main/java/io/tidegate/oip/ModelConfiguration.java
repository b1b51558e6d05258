package io.tidegate.oip;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Task;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.platform.TidegateProperties.Batching;
import io.tidegate.registry.ModelVersion;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A model in the form of Triton's configuration: every tensor, also those that a request may leave out, and how requests are run
 * together.
 *
 * @param maxBatchSize most sequences in a request; as in Triton, {@code dims} then leave the batch out
 * @param dynamicBatching null for a model whose requests are run one by one
 * @param sequenceBatching null for a model that can't take a sequence in parts
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ModelConfiguration(
        @Schema(example = "digits-wm") String name,
        @Schema(example = "tidegate_safetensors") String platform,
        @Schema(example = "tidegate") String backend,

        @JsonProperty("max_batch_size") @Schema(example = "1024")
        int maxBatchSize,

        List<Input> input,
        List<Output> output,

        @JsonProperty("dynamic_batching") @Nullable DynamicBatching dynamicBatching,

        @JsonProperty("sequence_batching") @Nullable SequenceBatching sequenceBatching) {

    public record Input(
            @Schema(example = "input") String name,

            @JsonProperty("data_type") @Schema(example = "TYPE_FP32")
            String dataType,

            @Schema(example = "[-1, 1]") List<Integer> dims,
            boolean optional) {}

    /** @param labels what its columns stand for, which {@code classification} gives; null where they have no names */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Output(
            @Schema(example = "probabilities") String name,

            @JsonProperty("data_type") @Schema(example = "TYPE_FP32")
            String dataType,

            @Schema(example = "[10]") List<Integer> dims,
            @Schema(example = "[\"0\", \"1\"]") @Nullable List<String> labels) {}

    /**
     * @param preferredBatchSize the most sequences in a run: all that wait are taken, up to it
     * @param priorityLevels 1 is the highest
     */
    public record DynamicBatching(
            @JsonProperty("preferred_batch_size") @Schema(example = "[64]")
            List<Integer> preferredBatchSize,

            @JsonProperty("max_queue_delay_microseconds") long maxQueueDelayMicroseconds,

            @JsonProperty("priority_levels") @Schema(example = "10")
            int priorityLevels,

            @JsonProperty("default_priority_level") @Schema(example = "5")
            int defaultPriorityLevel,

            @JsonProperty("default_queue_policy") QueuePolicy defaultQueuePolicy) {}

    public record QueuePolicy(
            @JsonProperty("timeout_action") @Schema(example = "REJECT")
            String timeoutAction,

            @JsonProperty("default_timeout_microseconds") long defaultTimeoutMicroseconds,

            @JsonProperty("allow_timeout_override") @Schema(example = "true")
            boolean allowTimeoutOverride,

            @JsonProperty("max_queue_size") @Schema(example = "10000")
            int maxQueueSize) {}

    /** @param maxSequenceIdleMicroseconds time without a request after which a sequence is given up */
    public record SequenceBatching(
            @JsonProperty("max_sequence_idle_microseconds") @Schema(example = "600000000")
            long maxSequenceIdleMicroseconds) {}

    public static ModelConfiguration of(ModelVersion version, TidegateProperties properties) {
        Signature signature = Signature.of(version);
        ModelDescriptor descriptor = version.card().descriptor();
        boolean captions = descriptor.task() == Task.CAPTIONING;
        return new ModelConfiguration(
                signature.model(),
                ModelMetadata.PLATFORM,
                "tidegate",
                properties.limits().maxBatch(),
                Stream.concat(
                                signature.inputs().stream().map(tensor -> input(tensor, false)),
                                signature.optionalInputs().stream().map(tensor -> input(tensor, true)))
                        .toList(),
                signature.everyOutput().stream()
                        .map(tensor -> output(tensor, descriptor))
                        .toList(),
                captions ? null : dynamicBatching(properties.batching()),
                captions || version.card().config().bidirectional()
                        ? null
                        : new SequenceBatching(
                                properties.sequences().idle(version.name()).toNanos() / 1000));
    }

    private static DynamicBatching dynamicBatching(Batching batching) {
        return new DynamicBatching(
                List.of(batching.maxBatchSize()),
                batching.maxDelay().toNanos() / 1000,
                Batching.PRIORITY_LEVELS,
                Batching.DEFAULT_PRIORITY,
                new QueuePolicy("REJECT", 0, true, batching.maxQueue()));
    }

    private static Input input(TensorMetadata tensor, boolean optional) {
        return new Input(tensor.name(), type(tensor), withoutBatch(tensor), optional);
    }

    private static Output output(TensorMetadata tensor, ModelDescriptor descriptor) {
        List<String> labels = tensor.name().equals(Signature.PROBABILITIES)
                        && descriptor.output() instanceof ModelOutput.Labels(List<String> known)
                ? known
                : null;
        return new Output(tensor.name(), type(tensor), withoutBatch(tensor), labels);
    }

    private static String type(TensorMetadata tensor) {
        return "TYPE_" + (tensor.datatype() == Datatype.BYTES ? "STRING" : tensor.datatype());
    }

    private static List<Integer> withoutBatch(TensorMetadata tensor) {
        return tensor.shape().subList(1, tensor.shape().size());
    }
}
