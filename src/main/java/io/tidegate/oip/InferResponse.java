package io.tidegate.oip;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** @param id as the request had it */
public record InferResponse(
        @JsonProperty("model_name") @Schema(example = "digits-wm")
        String modelName,

        @JsonProperty("model_version") @Schema(example = "1")
        String modelVersion,

        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String id,
        List<Tensor> outputs) {

    /**
     * @param data row-major and flat: a {@code float[]} or a {@code String[]}, so that numbers are written from where they are,
     *     each with the fewest digits that give the same float back
     */
    public record Tensor(
            @Schema(example = "probabilities") String name,
            @Schema(example = "FP32") Datatype datatype,
            @Schema(example = "[1, 10]") List<Integer> shape,

            @Schema(
                    types = "array",
                    description =
                            "row-major and flat; \"NaN\", \"Infinity\" or \"-Infinity\" where a number has overflowed")
            Object data) {

        public Tensor(String name, float[] data, Integer... shape) {
            this(name, Datatype.FP32, List.of(shape), data);
        }
    }
}
