package io.tidegate.training.experiments;

/** An idempotency key that came with another request before. The message is for the caller. */
public final class ExperimentConflictException extends RuntimeException {
    ExperimentConflictException(String message) {
        super(message);
    }
}
