package io.tidegate.training.jobs;

/** Where a job stands. */
public enum JobStatus {
    /** Waits for a worker. */
    QUEUED,
    RUNNING,
    /** Stopped on request, with a checkpoint; takes no worker's time. */
    PAUSED,
    SUCCEEDED,
    FAILED,
    CANCELLED;

    /** The state machine: whether a job may go from here to there. */
    public boolean canBecome(JobStatus next) {
        return switch (this) {
            case QUEUED -> next == RUNNING || next == CANCELLED || next == FAILED;
            case RUNNING -> next != RUNNING;
            case PAUSED -> next == RUNNING || next == CANCELLED;
            case SUCCEEDED, FAILED, CANCELLED -> false;
        };
    }

    /** Nothing more will happen. */
    public boolean isFinal() {
        return this == SUCCEEDED || this == FAILED || this == CANCELLED;
    }
}
