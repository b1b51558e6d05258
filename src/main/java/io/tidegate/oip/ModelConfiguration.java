package io.tidegate.oip;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.stream.Stream;

/**
 * A model in the form of Triton's configuration: every tensor, also those that a request may leave out.
 *
 * @param maxBatchSize most sequences in a request; as in Triton, {@code dims} then leave the batch out
 */
public record ModelConfiguration(
        @Schema(example = "digits-wm") String name,
        @Schema(example = "tidegate_safetensors") String platform,

        @JsonProperty("max_batch_size") @Schema(example = "1024")
        int maxBatchSize,

        List<Input> input,
        List<Output> output) {

    public record Input(
            @Schema(example = "input") String name,

            @JsonProperty("data_type") @Schema(example = "TYPE_FP32")
            String dataType,

            @Schema(example = "[-1, 1]") List<Integer> dims,
            boolean optional) {}

    public record Output(
            @Schema(example = "probabilities") String name,

            @JsonProperty("data_type") @Schema(example = "TYPE_FP32")
            String dataType,

            @Schema(example = "[10]") List<Integer> dims) {}

    public static ModelConfiguration of(Signature signature, int maxBatchSize) {
        return new ModelConfiguration(
                signature.model(),
                ModelMetadata.PLATFORM,
                maxBatchSize,
                Stream.concat(
                                signature.inputs().stream().map(tensor -> input(tensor, false)),
                                signature.optionalInputs().stream().map(tensor -> input(tensor, true)))
                        .toList(),
                signature.everyOutput().stream()
                        .map(tensor -> new Output(tensor.name(), type(tensor), withoutBatch(tensor)))
                        .toList());
    }

    private static Input input(TensorMetadata tensor, boolean optional) {
        return new Input(tensor.name(), type(tensor), withoutBatch(tensor), optional);
    }

    private static String type(TensorMetadata tensor) {
        return "TYPE_" + (tensor.datatype() == Datatype.BYTES ? "STRING" : tensor.datatype());
    }

    private static List<Integer> withoutBatch(TensorMetadata tensor) {
        return tensor.shape().subList(1, tensor.shape().size());
    }
}
