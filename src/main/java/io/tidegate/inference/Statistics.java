package io.tidegate.inference;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What one version has done since the server started: the protocol's statistics, and the model's metrics. */
public final class Statistics {

    /** Some of something, and the time it took together. */
    public static final class Spent {
        private final LongAdder count = new LongAdder();
        private final LongAdder nanos = new LongAdder();

        void add(long took) {
            count.increment();
            nanos.add(took);
        }

        public long count() {
            return count.sum();
        }

        public long nanos() {
            return nanos.sum();
        }
    }

    /** Runs, or requests that were in some, and the parts of the time that they took. */
    public static final class Computed {
        private final LongAdder count = new LongAdder();
        private final LongAdder input = new LongAdder(), infer = new LongAdder(), output = new LongAdder();

        void add(long inputNanos, long inferNanos, long outputNanos) {
            count.increment();
            input.add(inputNanos);
            infer.add(inferNanos);
            output.add(outputNanos);
        }

        public long count() {
            return count.sum();
        }

        /** Putting the inputs and states of what runs together into one batch. */
        public long inputNanos() {
            return input.sum();
        }

        /** In the engine. */
        public long inferNanos() {
            return infer.sum();
        }

        /** Handing results and states out. */
        public long outputNanos() {
            return output.sum();
        }
    }

    private final Spent success = new Spent(), failure = new Spent(), queue = new Spent();
    private final Computed compute = new Computed();
    private final LongAdder sequences = new LongAdder();
    private final LongAdder runs = new LongAdder();
    private final Map<Integer, Computed> batches = new ConcurrentHashMap<>();
    private volatile long lastMillis;

    private final DistributionSummary rows;
    private final AtomicInteger waiting = new AtomicInteger();
    private final Counter steps;
    private final Counter refused;
    private final Timer wait;

    Statistics(String model, int version, MeterRegistry meters) {
        Gauge.builder("tidegate.queue.requests", waiting, AtomicInteger::get)
                .description("Requests that wait for their run")
                .tag("model", model)
                .tag("version", Integer.toString(version))
                .register(meters);
        this.rows = DistributionSummary.builder("tidegate.batch.rows")
                .description("Sequences that were run together")
                .tag("model", model)
                .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
                .register(meters);
        this.steps = Counter.builder("tidegate.steps")
                .description("Steps computed, over all sequences")
                .tag("model", model)
                .register(meters);
        this.refused = Counter.builder("tidegate.queue.refused")
                .description("Requests refused because too many waited")
                .tag("model", model)
                .register(meters);
        this.wait = Timer.builder("tidegate.queue.wait")
                .description("Time that a request waited for its run")
                .tag("model", model)
                .publishPercentileHistogram()
                .register(meters);
    }

    /** So many more requests wait for their run, or fewer. */
    void waiting(int more) {
        waiting.addAndGet(more);
    }

    /** A request is answered. */
    void succeeded(int batch, long queueNanos, long inputNanos, long inferNanos, long outputNanos) {
        success.add(queueNanos + inputNanos + inferNanos + outputNanos);
        queue.add(queueNanos);
        compute.add(inputNanos, inferNanos, outputNanos);
        sequences.add(batch);
        wait.record(queueNanos, TimeUnit.NANOSECONDS);
        lastMillis = System.currentTimeMillis();
    }

    /** A request isn't answered. */
    void failed(long nanos) {
        failure.add(nanos);
    }

    void refused() {
        failure.add(0);
        refused.increment();
    }

    /** So many sequences' steps were run together. */
    void ran(int batch, long stepsInAll, long inputNanos, long inferNanos, long outputNanos) {
        runs.increment();
        batches.computeIfAbsent(batch, _ -> new Computed()).add(inputNanos, inferNanos, outputNanos);
        rows.record(batch);
        steps.increment((double) stepsInAll);
    }

    public Spent success() {
        return success;
    }

    public Spent failure() {
        return failure;
    }

    /** Time in the queue, of requests that were answered. */
    public Spent queue() {
        return queue;
    }

    /** Time in runs, of requests that were answered; those run together each count the whole run. */
    public Computed compute() {
        return compute;
    }

    /** Sequences in requests that were answered. */
    public long inferences() {
        return sequences.sum();
    }

    /** Runs of the engine. */
    public long executions() {
        return runs.sum();
    }

    /** When the last request was answered, in milliseconds since 1970; 0 for never. */
    public long lastMillis() {
        return lastMillis;
    }

    /** Runs and their time by the number of sequences. */
    public NavigableMap<Integer, Computed> batches() {
        return new TreeMap<>(batches);
    }
}
