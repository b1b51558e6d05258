package io.tidegate.training.jobs;

/** Where jobs wait for a worker. */
@FunctionalInterface
public interface JobQueue {

    /** Adds an entry, within the caller's transaction. */
    void enqueue(String job, int execution);
}
