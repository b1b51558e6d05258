package io.tidegate.oip;

import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;

/** @param extensions of the protocol that are served, by Triton's names */
public record ServerMetadata(
        @Schema(example = "tidegate") String name,
        @Schema(example = "1.0.0") String version,

        @Schema(example = "[\"model_repository\", \"model_configuration\"]")
        List<String> extensions) {}
