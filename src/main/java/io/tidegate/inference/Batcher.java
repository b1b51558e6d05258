package io.tidegate.inference;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.States;
import io.tidegate.platform.TidegateProperties.Batching;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs the requests for one loaded network together. While half of the cores have nothing to compute, a request runs at once, in its
 * own thread; one that comes later waits, and the next run takes all that wait, up to a limit. It begins when a run ends, or when
 * enough wait to be worth one of the other cores. So a few callers pay nothing for the batching, and under load batches fill by
 * themselves; where they have filled, long requests wait for one, and runs for company, a part of the time that they save.
 *
 * <p>Long sequences are run in slices: between two of them others get their turn, and a caller who went away is noticed. Where
 * the engine keeps its promises, neither company nor slicing changes a result.
 */
final class Batcher {

    /** Priorities of the protocol: 1 is the highest. */
    static final int LEVELS = Batching.PRIORITY_LEVELS, DEFAULT_LEVEL = Batching.DEFAULT_PRIORITY;

    /** A slice takes some milliseconds: so many multiplications of a single sequence. */
    private static final long SLICE_WORK = 60_000_000;

    private static final int SHORTEST_SLICE = 32, LONGEST_SLICE = 1024;

    /** Rows that are worth a run of their own: with more of them a row takes hardly less time. */
    private static final int WORTH_A_RUN = 8;

    /** So many multiplications, some 40 µs, aren't worth waking another thread: whoever is there computes them too. */
    private static final long BRIEF_WORK = 1_000_000;

    /** How often he does so before he goes on with his own answer. */
    private static final int MOST_FOLLOWERS = 4;

    /** Where runs have had so many rows of late, it's better to wait for one than to run alone. */
    private static final int FILLING = 4;

    /** Waiting for company takes at most this part of a run's time, and isn't done for runs that take less than so many nanoseconds. */
    private static final int PATIENCE = 4;

    private static final long LONG_RUN = 200_000;

    /** Steps of all sequences of a run, so that its buffers stay small. */
    private static final int MOST_STEPS = 1 << 14;

    private final LoadedNetwork network;
    private final Batching settings;
    private final Statistics statistics;
    private final Cores cores;
    private final long parameters;
    private final int slice;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final List<Deque<Work>> levels = Stream.generate(() -> (Deque<Work>) new ArrayDeque<Work>())
            .limit(LEVELS + 1)
            .toList();
    private int waiting; // requests in the queues
    private int waitingRows;
    private int running;
    private boolean gathering; // whether one of them waits for company
    private double usualRows; // of runs from the queues; each counts as much as all before it
    private volatile long runNanos; // of the last one

    /** @param parameters of the network: its weights */
    Batcher(LoadedNetwork network, long parameters, Batching settings, Statistics statistics, Cores cores) {
        this.network = network;
        this.settings = settings;
        this.statistics = statistics;
        this.cores = cores;
        this.parameters = parameters;
        this.slice = network.config().bidirectional()
                ? Integer.MAX_VALUE // a sequence must be known whole
                : Math.clamp(SLICE_WORK / Math.max(1, parameters), SHORTEST_SLICE, LONGEST_SLICE);
    }

    /** Requests that wait. */
    int waiting() {
        return waiting;
    }

    /** Whether nothing waits and no run is under way. */
    boolean idle() {
        lock.lock();
        try {
            return waiting == 0 && running == 0;
        } finally {
            lock.unlock();
        }
    }

    /** Returns when the batch is through, or throws why it isn't. */
    Outputs run(Batch batch, States states, Set<Output> wanted, Caller caller) {
        Work work = new Work(batch, states, wanted, caller, System.nanoTime());
        boolean mine;
        lock.lock();
        try {
            mine = waiting == 0
                    && running < cores.count()
                    && settings.maxDelay().isZero()
                    && (usualRows < FILLING || isBrief(work.remaining()))
                    && cores.tryToLead();
            if (mine) {
                running++;
            } else {
                requireRoom();
                enqueue(work);
            }
        } finally {
            lock.unlock();
        }
        if (mine) {
            try {
                lead(work);
            } finally {
                cores.led();
            }
        }
        await(work);
        return work.result();
    }

    private void requireRoom() {
        if (waiting >= settings.maxQueue()) {
            statistics.refused();
            throw new RefusedException(
                    Failure.Kind.UNAVAILABLE,
                    "Exceeds maximum queue size: " + waiting
                            + " requests wait for this model (tidegate.batching.max-queue); try again later",
                    Duration.ofSeconds(1));
        }
    }

    /** Under the lock. */
    private void enqueue(Work work) {
        int priority = work.caller.priority();
        levels.get(priority < 1 || priority > LEVELS ? DEFAULT_LEVEL : priority).addLast(work);
        work.queued = true;
        count(1, work.active());
        if (gathering) {
            arrived.signal();
        } else if (running == 0 || (waitingRows >= WORTH_A_RUN && running < cores.count())) {
            running++;
            startRunner();
        }
    }

    private void count(int requests, int rows) {
        waiting += requests;
        waitingRows += rows;
        statistics.waiting(requests);
    }

    /** Runs one request in its own thread, in slices, and then what has come to wait meanwhile, if it is brief. */
    private void lead(Work work) {
        try {
            while (!work.isFinished()) {
                runTogether(List.of(work));
                if (work.isFinished()) {
                    break;
                }
                RefusedException abandoned = work.abandoned(System.nanoTime());
                if (abandoned != null) {
                    work.cancel(abandoned);
                }
                lock.lock();
                try {
                    if (waiting > 0) { // others' turn
                        enqueue(work);
                        break;
                    }
                } finally {
                    lock.unlock();
                }
            }
        } finally {
            for (int n = 0; n < MOST_FOLLOWERS && work.isFinished(); n++) {
                List<Work> followers = takeIfBrief();
                if (followers.isEmpty()) {
                    break;
                }
                runAndQueueAgain(followers);
            }
            handOver();
        }
    }

    /** What waits, if it takes less time than another thread's waking; none, with the permit kept, where it doesn't. */
    private List<Work> takeIfBrief() {
        lock.lock();
        try {
            if (waiting == 0 || waiting > WORTH_A_RUN) {
                return List.of();
            }
            long steps = levels.stream()
                    .flatMap(Deque::stream)
                    .mapToLong(Work::remaining)
                    .sum();
            return isBrief(steps) ? take() : List.of();
        } finally {
            lock.unlock();
        }
    }

    private boolean isBrief(long steps) {
        return steps * parameters <= BRIEF_WORK;
    }

    private void handOver() {
        lock.lock();
        try {
            if (waiting > 0) {
                startRunner(); // with this one's permit
            } else {
                running--;
            }
        } finally {
            lock.unlock();
        }
    }

    private void startRunner() {
        cores.run(this::serve);
    }

    /** Runs what waits until nothing does. */
    private void serve() {
        for (List<Work> together = gather(); !together.isEmpty(); together = gather()) {
            long began = System.nanoTime();
            runAndQueueAgain(together);
            runNanos = System.nanoTime() - began;
            makeWay();
        }
    }

    private void runAndQueueAgain(List<Work> together) {
        runTogether(together);
        List<Work> unfinished =
                together.stream().filter(work -> !work.isFinished()).toList();
        if (!unfinished.isEmpty()) {
            lock.lock();
            try {
                unfinished.forEach(this::enqueue);
            } finally {
                lock.unlock();
            }
        }
    }

    @SuppressWarnings("ThreadPriorityCheck")
    private static void makeWay() {
        Thread.yield(); // to those who write answers and read requests, who share the next run then
    }

    /**
     * Waits for company, as long as is configured, or as is worth it where runs have been filling; then takes it. Where another runner
     * does so already, it gets what is left.
     */
    private List<Work> gather() {
        lock.lock();
        try {
            if (!gathering) {
                gathering = true;
                if (usualRows >= FILLING && runNanos >= LONG_RUN) {
                    awaitRows(Math.min(usualRows, WORTH_A_RUN), System.nanoTime() + runNanos / PATIENCE);
                }
                long delay = settings.maxDelay().toNanos();
                if (delay > 0 && waiting > 0) {
                    awaitRows(settings.maxBatchSize(), oldest() + delay);
                }
                gathering = false;
            }
            int before = waitingRows;
            List<Work> together = take();
            if (!together.isEmpty()) {
                usualRows = (usualRows + before - waitingRows) / 2;
            }
            return together;
        } finally {
            lock.unlock();
        }
    }

    private void awaitRows(double rows, long until) {
        try {
            for (long left = until - System.nanoTime();
                    waiting > 0 && waitingRows < rows && left > 0;
                    left = until - System.nanoTime()) {
                arrived.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private long oldest() {
        return levels.stream()
                .flatMap(level -> level.stream().limit(1))
                .mapToLong(work -> work.arrived)
                .min()
                .orElseThrow();
    }

    /** The next run's requests; none, with the permit given back, where nothing waits. Under the lock. */
    private List<Work> take() {
        List<Work> together = new ArrayList<>();
        int rows = 0, steps = 0;
        for (Deque<Work> level : levels) {
            for (Iterator<Work> each = level.iterator(); each.hasNext() && rows < settings.maxBatchSize(); ) {
                Work work = each.next();
                int active = work.active(), more = active * Math.min(slice, work.longest - work.position);
                if (!together.isEmpty()
                        && (rows + active > settings.maxBatchSize()
                                || steps + more > MOST_STEPS
                                || !work.wanted.equals(together.getFirst().wanted))) {
                    continue;
                }
                each.remove();
                work.queued = false;
                count(-1, -active);
                together.add(work);
                rows += active;
                steps += more;
            }
        }
        if (together.isEmpty()) {
            running--;
        }
        return together;
    }

    /** Waits for the end, and gives up where nobody needs it any more. */
    private void await(Work work) {
        while (!work.isFinished()) {
            long now = System.nanoTime();
            RefusedException abandoned = work.abandoned(now);
            if (abandoned != null) {
                if (withdraw(work)) {
                    statistics.failed(now - work.arrived);
                    throw abandoned;
                }
                work.cancel(abandoned);
            }
            work.park(now);
        }
    }

    /** @return false if it is being run at this moment */
    private boolean withdraw(Work work) {
        lock.lock();
        try {
            if (!work.queued) {
                return false;
            }
            levels.forEach(level -> level.remove(work));
            work.queued = false;
            count(-1, -work.active());
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** One slice of each; those that are through, or failed, are finished then. */
    private void runTogether(List<Work> together) {
        long now = System.nanoTime();
        List<Work> wanted = new ArrayList<>(together.size());
        for (Work work : together) {
            RefusedException cancelled = work.cancelled(now);
            if (cancelled != null) {
                finish(work, cancelled);
                continue;
            }
            if (work.started == 0) {
                work.started = now;
            }
            wanted.add(work);
        }
        if (wanted.isEmpty()) {
            return;
        }
        @Nullable Throwable failure = attempt(wanted);
        if (failure != null && wanted.size() > 1) { // one of them is to blame, not its neighbours
            for (Work work : wanted) {
                finishIfDone(work, attempt(List.of(work)));
            }
        } else {
            for (Work work : wanted) {
                finishIfDone(work, failure);
            }
        }
    }

    private void finishIfDone(Work work, @Nullable Throwable failure) {
        if (failure != null || work.isThrough()) {
            finish(work, failure);
        }
    }

    private void finish(Work work, @Nullable Throwable failure) {
        long now = System.nanoTime();
        if (failure == null) {
            statistics.succeeded(
                    work.batch.sequences(),
                    work.started - work.arrived,
                    work.inputNanos,
                    work.inferNanos,
                    work.outputNanos);
        } else {
            statistics.failed(now - work.arrived);
        }
        work.finish(failure);
    }

    /** @return what went wrong; nothing has advanced then */
    private @Nullable Throwable attempt(List<Work> together) {
        long begin = System.nanoTime();
        Slices slices = Slices.of(together, slice);
        try {
            slices.run(network);
        } catch (Throwable e) { // whatever it is, somebody waits for it
            return e;
        }
        long input = slices.inputsReady() - begin, infer = slices.engineDone() - slices.inputsReady();
        long output = System.nanoTime() - slices.engineDone();
        for (Work work : together) {
            work.inputNanos += input;
            work.inferNanos += infer;
            work.outputNanos += output;
        }
        statistics.ran(slices.rows(), slices.steps(), input, infer, output);
        return null;
    }
}
