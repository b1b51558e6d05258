package io.tidegate.oip;

import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;

/**
 * A tensor that a model takes or gives.
 *
 * @param shape batch first; {@value #ANY} for a size that each request chooses
 */
public record TensorMetadata(
        @Schema(example = "input") String name,
        @Schema(example = "FP32") Datatype datatype,
        @Schema(example = "[-1, -1, 1]") List<Integer> shape) {

    public static final int ANY = -1;

    TensorMetadata(String name, Datatype datatype, Integer... shape) {
        this(name, datatype, List.of(shape));
    }

    public boolean fits(List<Long> sizes) {
        if (sizes.size() != shape.size()) {
            return false;
        }
        for (int k = 0; k < shape.size(); k++) {
            if (shape.get(k) != ANY && sizes.get(k) != shape.get(k).longValue()) {
                return false;
            }
        }
        return true;
    }
}
