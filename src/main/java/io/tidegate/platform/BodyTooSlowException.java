package io.tidegate.platform;

import java.time.Duration;

/** A request body that didn't come in time. The message is for the caller. */
public final class BodyTooSlowException extends RuntimeException {

    BodyTooSlowException(Duration limit) {
        super("expected the whole body within " + limit.toMillis()
                + " ms (tidegate.limits.max-body-time) and without long pauses, got a part of it");
    }
}
