package io.tidegate.platform;

import org.springframework.util.unit.DataSize;

/** A request body over the limit. The message is for the caller. */
public final class BodyTooLargeException extends RuntimeException {

    public BodyTooLargeException(DataSize limit) {
        super("expected a body of at most " + limit.toBytes() + " bytes (tidegate.limits.max-body), got more");
    }
}
