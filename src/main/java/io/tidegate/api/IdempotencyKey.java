package io.tidegate.api;

import io.tidegate.inference.InvalidInputException;
import org.jspecify.annotations.Nullable;

/** The header under which a client may send a request again without its being done twice. */
final class IdempotencyKey {

    static final String HEADER = "Idempotency-Key";

    private static final int LONGEST = 255;

    private IdempotencyKey() {}

    /** @throws InvalidInputException for one that is blank or too long */
    static void requireGood(@Nullable String key) {
        if (key != null && (key.isBlank() || key.length() > LONGEST)) {
            throw new InvalidInputException(
                    "", HEADER + ": expected 1 to " + LONGEST + " characters, got " + key.length());
        }
    }
}
