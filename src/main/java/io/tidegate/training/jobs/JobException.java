package io.tidegate.training.jobs;

/** Something asked of the jobs that can't be. The message is for the caller. */
public abstract sealed class JobException extends RuntimeException {

    JobException(String message) {
        super(message);
    }

    /** No such job. */
    public static final class NotFound extends JobException {
        NotFound(String id) {
            super("there is no training job '" + (id.length() <= 100 ? id : id.substring(0, 100) + "…") + "'");
        }
    }

    /** The job's status doesn't allow it, or an idempotency key was used for another request. */
    public static final class Conflict extends JobException {
        Conflict(String message) {
            super(message);
        }
    }

    /** As many jobs wait as may. */
    public static final class Full extends JobException {
        Full(String message) {
            super(message);
        }
    }
}
