package io.tidegate.checkpoint;

import org.jspecify.annotations.Nullable;

/**
 * Which weights a {@code model.json} belongs to, and how they name their tensors.
 *
 * @param sha256 of the whole file, 64 lower-case hexadecimal digits
 * @param recurrentPrefix of all recurrent tensors, such as {@code lstm.}; null to find it
 * @param headPrefix of the head's {@code weight} and {@code bias}, such as {@code fc.}; null to find them by name and shape
 */
public record WeightsFile(
        String sha256,
        @Nullable String recurrentPrefix,
        @Nullable String headPrefix) {

    /** A file that names its tensors as this room writes them. */
    public WeightsFile(String sha256) {
        this(sha256, null, null);
    }
}
