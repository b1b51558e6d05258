package io.tidegate.inference;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request that makes sense and isn't served all the same, with what a transport must know to say so. */
public class RefusedException extends RuntimeException {

    private final Failure.Kind kind;
    private final @Nullable Duration retryAfter;

    public RefusedException(Failure.Kind kind, String message) {
        this(kind, message, null);
    }

    /** @param retryAfter when trying again may help; null where it won't */
    public RefusedException(Failure.Kind kind, String message, @Nullable Duration retryAfter) {
        super(message, null, false, false); // part of a normal day: no stack trace
        this.kind = kind;
        this.retryAfter = retryAfter;
    }

    public Failure.Kind kind() {
        return kind;
    }

    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
