package io.tidegate.engine.fused;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The threads that help with a run that is split into parts. One run has them at a time; others go on alone meanwhile, to the same
 * bits. A helper looks for its next task for a while before it goes to sleep, since waking takes longer than many runs.
 */
final class Team implements AutoCloseable {

    private static final long LOOKS_NANOS = 200_000;

    private final Helper[] helpers;
    private final AtomicBoolean taken = new AtomicBoolean();

    /** @param size threads in all, with the caller's */
    Team(int size) {
        helpers = new Helper[size - 1];
        for (int n = 0; n < helpers.length; n++) {
            helpers[n] = new Helper(n + 1);
        }
    }

    int size() {
        return helpers.length + 1;
    }

    /** Takes all helpers, if nobody has them; they start when first taken. */
    boolean take() {
        return helpers.length > 0 && taken.compareAndSet(false, true);
    }

    /** Runs a task's parts, the first on the caller's thread, and gives the helpers back. */
    void runAndGiveBack(int parts, Consumer<Part> task) {
        Barrier barrier = new Barrier(parts);
        try {
            for (int n = 1; n < parts; n++) {
                helpers[n - 1].begin(task, new Part(n, parts, barrier));
            }
            RuntimeException failure = attempt(task, new Part(0, parts, barrier));
            for (int n = 1; n < parts; n++) {
                RuntimeException other = helpers[n - 1].join();
                failure = failure == null ? other : failure;
            }
            if (failure != null) {
                throw failure;
            }
        } finally {
            taken.set(false);
        }
    }

    private static @Nullable RuntimeException attempt(Consumer<Part> task, Part part) {
        try {
            task.accept(part);
            return null;
        } catch (RuntimeException e) {
            part.barrier().breakUp();
            return e;
        } catch (Error e) {
            part.barrier().breakUp();
            return new IllegalStateException("a part of a run failed", e);
        }
    }

    @Override
    public void close() {
        for (Helper helper : helpers) {
            helper.stop();
        }
    }

    private static final class Helper {

        private record Task(Consumer<Part> action, Part part) {}

        private final int number;
        private @Nullable Thread thread;
        private volatile @Nullable Task next;
        private volatile boolean done, stopped;
        private @Nullable RuntimeException failure; // published by done

        Helper(int number) {
            this.number = number;
        }

        void begin(Consumer<Part> action, Part part) {
            done = false;
            next = new Task(action, part);
            Thread running = thread;
            if (running == null) {
                thread = Thread.ofPlatform().daemon().name("fused-" + number).start(this::work);
            } else {
                LockSupport.unpark(running);
            }
        }

        @Nullable
        @SuppressWarnings("ThreadPriorityCheck")
        RuntimeException join() {
            for (int n = 0; !done; n++) {
                if (n < 2_000) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();
                }
            }
            return failure;
        }

        private void work() {
            while (!stopped) {
                Task task = next;
                long since = System.nanoTime();
                while (task == null && !stopped) {
                    Thread.onSpinWait();
                    if (System.nanoTime() - since > LOOKS_NANOS) {
                        LockSupport.park(this);
                        since = System.nanoTime();
                    }
                    task = next;
                }
                if (task != null) {
                    next = null;
                    failure = attempt(task.action(), task.part());
                    done = true;
                }
            }
        }

        void stop() {
            stopped = true;
            LockSupport.unpark(thread);
        }
    }
}
