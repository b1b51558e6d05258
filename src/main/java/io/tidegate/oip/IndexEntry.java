package io.tidegate.oip;

import io.swagger.v3.oas.annotations.media.Schema;
import io.tidegate.registry.ModelVersion;

/**
 * A version in the repository's index.
 *
 * @param state one of the protocol's: READY, LOADING or UNAVAILABLE
 * @param reason why it isn't ready, or empty
 */
public record IndexEntry(
        @Schema(example = "digits-wm") String name,
        @Schema(example = "1") String version,
        @Schema(example = "READY") String state,
        @Schema(example = "") String reason) {

    public static IndexEntry of(ModelVersion version) {
        return new IndexEntry(version.name(), Integer.toString(version.number()), state(version), version.reason());
    }

    public boolean ready() {
        return state.equals("READY");
    }

    /** A version that nobody has asked for yet loads when somebody does: for a client it is ready. */
    private static String state(ModelVersion version) {
        return switch (version.state()) {
            case READY -> "READY";
            case LOADING -> "LOADING";
            case UNLOADED -> version.answers() ? "READY" : "UNAVAILABLE";
            case FAILED -> "UNAVAILABLE";
        };
    }
}
