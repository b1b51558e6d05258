package io.tidegate.engine.fused;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The threads that help with a run that is split into parts. One run has them at a time; others go on alone meanwhile, to the same
 * bits. A helper looks for its next task for a while before it goes to sleep, since waking takes longer than many runs.
 *
 * <p>Where others need the cores, parts wait for each other longer than they compute: then nobody gets the helpers for a while, for
 * longer each time that it is so again.
 */
final class Team implements AutoCloseable {

    private static final long LOOKS_NANOS = 200_000;
    private static final long WAKING = 100_000;
    private static final long SHORTEST_REST = 1_000_000, LONGEST_REST = 1_000_000_000;

    private final Helper[] helpers;
    private final AtomicBoolean taken = new AtomicBoolean();
    private final LongSupplier nanos;
    private long rest = SHORTEST_REST; // guarded by taken
    private volatile long restsUntil;

    /** @param size threads in all, with the caller's */
    Team(int size) {
        this(size, System::nanoTime);
    }

    Team(int size, LongSupplier nanos) {
        this.nanos = nanos;
        this.restsUntil = nanos.getAsLong();
        helpers = new Helper[size - 1];
        for (int n = 0; n < helpers.length; n++) {
            helpers[n] = new Helper(n + 1);
        }
    }

    int size() {
        return helpers.length + 1;
    }

    /** Takes all helpers, if nobody has them and they don't rest; they start when first taken. */
    boolean take() {
        return helpers.length > 0 && nanos.getAsLong() - restsUntil >= 0 && taken.compareAndSet(false, true);
    }

    /** Runs a task's parts, the first on the caller's thread, and gives the helpers back. */
    void runAndGiveBack(int parts, Consumer<Part> task) {
        Barrier barrier = new Barrier(parts);
        boolean crowded = false;
        try {
            for (int n = 1; n < parts; n++) {
                helpers[n - 1].begin(task, new Part(n, parts, barrier));
            }
            long began = nanos.getAsLong();
            RuntimeException failure = attempt(task, new Part(0, parts, barrier));
            long own = nanos.getAsLong();
            for (int n = 1; n < parts; n++) {
                RuntimeException other = helpers[n - 1].join();
                failure = failure == null ? other : failure;
            }
            crowded = barrier.wasCrowded() || nanos.getAsLong() - own > own - began + WAKING;
            if (failure != null) {
                throw failure;
            }
        } finally {
            if (crowded) {
                restsUntil = nanos.getAsLong() + rest;
                rest = Math.min(2 * rest, LONGEST_REST);
            } else {
                rest = SHORTEST_REST;
            }
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
