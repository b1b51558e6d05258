package io.tidegate.inference;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

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
    public static final Caller PATIENT = until(() -> false);

    /** One that waits until it goes away. */
    public static Caller until(BooleanSupplier gone) {
        return new Caller(0, Long.MAX_VALUE, Long.MAX_VALUE, gone);
    }

    /** How often a waiting thread looks whether its caller is still there. */
    public static final long LOOK_NANOS = 20_000_000;

    /**
     * Why the caller needs an answer no more; null where he does. Asked in the thread that runs the request.
     *
     * @param now as {@link System#nanoTime}
     * @param waiting since when the request has been waiting for its turn; null where it has had it
     */
    public @Nullable RefusedException abandoned(long now, @Nullable Long waiting) {
        if (gone.getAsBoolean()) {
            return new RefusedException(Failure.Kind.CANCELLED, "the caller went away; nothing was changed");
        }
        if (waiting != null && queueNanos != Long.MAX_VALUE && now - waiting >= queueNanos) {
            return new RefusedException(Failure.Kind.UNAVAILABLE, "Request timeout expired", Duration.ofSeconds(1));
        }
        return late(now);
    }

    /** The same as far as the clock tells, for any thread. */
    @Nullable
    RefusedException late(long now) {
        return hasDeadline() && now - deadline >= 0
                ? new RefusedException(
                        Failure.Kind.DEADLINE,
                        "the request's deadline passed before its answer was there; nothing was changed")
                : null;
    }

    public boolean hasDeadline() {
        return deadline != Long.MAX_VALUE;
    }
}
