package io.tidegate.oip;

import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;

/**
 * What a client needs to know to call a model.
 *
 * @param versions of the model, all of them
 * @param inputs in one form; others are in the configuration
 * @param outputs that a request gets when it names none
 */
public record ModelMetadata(
        @Schema(example = "digits-wm") String name,
        @Schema(example = "[\"1\"]") List<String> versions,
        @Schema(example = "tidegate_safetensors") String platform,
        List<TensorMetadata> inputs,
        List<TensorMetadata> outputs) {

    public static final String PLATFORM = "tidegate_safetensors";

    public static ModelMetadata of(Signature signature, List<String> versions) {
        return new ModelMetadata(signature.model(), versions, PLATFORM, signature.inputs(), signature.outputs());
    }
}
