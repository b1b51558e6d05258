package io.tidegate.platform;

import org.springframework.util.unit.DataSize;

/** A request body over its limit. The message is for the caller. */
public final class BodyTooLargeException extends RuntimeException {

    /** @param property that sets the limit */
    public BodyTooLargeException(DataSize limit, String property) {
        super("expected a body of at most " + limit.toBytes() + " bytes (" + property + "), got more");
    }
}
