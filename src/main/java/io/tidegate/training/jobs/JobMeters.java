package io.tidegate.training.jobs;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.tidegate.training.jobs.Job.Progress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/** Jobs by status, what workers do, and each running job's figures: series that end with the job, so that they stay few. */
final class JobMeters {

    private final MeterRegistry meters;
    private final Counter updates;
    private final Counter checkpoints;
    private final Counter takeovers;

    JobMeters(MeterRegistry meters, JobStore store, LongSupplier nanoTime) {
        this.meters = meters;
        this.updates = meters.counter("tidegate.training.updates");
        this.checkpoints = meters.counter("tidegate.training.checkpoints");
        this.takeovers = meters.counter("tidegate.training.takeovers");
        Counts counts = new Counts(store, nanoTime);
        for (JobStatus status : JobStatus.values()) {
            Gauge.builder("tidegate.training.jobs", counts, all -> all.of(status))
                    .description("Training jobs by status")
                    .tag("status", status.name())
                    .strongReference(true)
                    .register(meters);
        }
    }

    void takenOver() {
        takeovers.increment();
    }

    Running running(Job job) {
        return new Running(job);
    }

    /** One query for all statuses of a scrape. */
    private static final class Counts {

        private final JobStore store;
        private final LongSupplier nanoTime;
        private Map<JobStatus, Long> counts = Map.of();
        private long readAt;
        private boolean read;

        Counts(JobStore store, LongSupplier nanoTime) {
            this.store = store;
            this.nanoTime = nanoTime;
        }

        synchronized double of(JobStatus status) {
            long now = nanoTime.getAsLong();
            if (!read || now - readAt > Duration.ofSeconds(1).toNanos()) {
                counts = store.counts();
                readAt = now;
                read = true;
            }
            return (double) counts.getOrDefault(status, 0L);
        }
    }

    /** A running job's series. */
    final class Running implements AutoCloseable {

        private final List<Meter> own = new ArrayList<>();
        private volatile double loss = Double.NaN;
        private volatile double metric = Double.NaN;
        private volatile double stepsPerSecond;
        private volatile double fraction;
        private volatile long written = -1;

        private Running(Job job) {
            Tags tags = Tags.of(
                    "job",
                    job.id(),
                    "recipe",
                    job.request().recipe(),
                    "cell",
                    job.request().cell());
            gauge("tidegate.training.job.loss", tags, run -> run.loss);
            gauge("tidegate.training.job.validation.metric", tags, run -> run.metric);
            gauge("tidegate.training.job.steps.per.second", tags, run -> run.stepsPerSecond);
            gauge("tidegate.training.job.fraction", tags, run -> run.fraction);
        }

        private void gauge(String name, Tags tags, ToDoubleFunction<Running> value) {
            own.add(Gauge.builder(name, this, value).tags(tags).register(meters));
        }

        void updated(double newLoss, double newStepsPerSecond) {
            loss = newLoss;
            stepsPerSecond = newStepsPerSecond;
            updates.increment();
        }

        void validated(double newMetric) {
            metric = newMetric;
        }

        void checkpoint() {
            checkpoints.increment();
        }

        void written(Progress progress) {
            written = progress.step();
            fraction = progress.fraction();
        }

        /** The step of the progress that was written last. */
        long written() {
            return written;
        }

        @Override
        public void close() {
            own.forEach(meters::remove);
        }
    }
}
