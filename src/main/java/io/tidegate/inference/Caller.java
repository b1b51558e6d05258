package io.tidegate.inference;

import java.util.function.BooleanSupplier;

/**
 * Who waits for an answer, and how long.
 *
 * @param priority 1 is served first; 0 for the default
 * @param queueNanos most time that the request may wait for its turn; {@link Long#MAX_VALUE} for any
 * @param deadline {@link System#nanoTime} after which nobody needs the answer; {@link Long#MAX_VALUE} for never
 * @param gone whether nobody waits any more; asked from the thread that runs the request
 */
public record Caller(int priority, long queueNanos, long deadline, BooleanSupplier gone) {

    /** One that waits as long as it takes. */
    public static final Caller PATIENT = new Caller(0, Long.MAX_VALUE, Long.MAX_VALUE, () -> false);

    public boolean hasDeadline() {
        return deadline != Long.MAX_VALUE;
    }
}
