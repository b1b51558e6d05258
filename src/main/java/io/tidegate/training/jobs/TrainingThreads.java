package io.tidegate.training.jobs;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The threads that all training of this process shares: bounded, and of the lowest priority, as serving goes first. None is
 * started before it is needed.
 *
 * @param count at most
 */
record TrainingThreads(ExecutorService executor, int count) implements AutoCloseable {

    /** @param asked 0 for one fewer than there are cores */
    static TrainingThreads of(int asked) {
        int count = asked > 0 ? asked : Math.max(1, Runtime.getRuntime().availableProcessors() - 1);
        return new TrainingThreads(Executors.newFixedThreadPool(count, BackgroundThreads.named("training-")), count);
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
