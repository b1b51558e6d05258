package io.tidegate.training.jobs;

import io.tidegate.checkpoint.CheckpointException;
import io.tidegate.core.train.Score;
import io.tidegate.core.train.Trainer;
import io.tidegate.core.train.TrainingListener;
import io.tidegate.training.jobs.Job.Progress;
import io.tidegate.training.recipe.Plan;
import io.tidegate.training.recipe.TaskMetric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * One job on this worker, from its claim to its end: hears the trainer, writes checkpoints, and knows why to stop. Updates never
 * wait for the database: a monitor's {@link #tick} writes what they leave and reads what the job is asked.
 */
final class JobRun implements TrainingListener {

    private static final Logger log = LoggerFactory.getLogger(JobRun.class);

    /** How often a run's monitor ticks. */
    static final Duration TICK = Duration.ofMillis(100);

    private static final int TICKS_PER_FLUSH = 5;

    /** Why a run stops, the weightiest last. */
    enum Stop {
        SHUT_DOWN,
        PAUSE,
        WALL_TIME,
        CANCEL,
        /** Another worker has the job. */
        FENCED
    }

    /** Between two checkpoints, and until the end. */
    record Limits(Duration checkpointEvery, long checkpointUpdates, Duration wallTime) {}

    private final Job job;
    private final Plan plan;
    private final Trainer trainer;
    private final String engine;
    private final JobStore store;
    private final TrainerCheckpoints checkpoints;
    private final Limits limits;
    private final JobMeters.Running meters;
    private final LongSupplier nanoTime;

    private final AtomicReference<@Nullable Stop> stop = new AtomicReference<>();
    private final CurveBuffer curve;
    private final long began;
    private double secondsBefore;
    private long updatesBefore;
    private long checkpointAt; // nanoseconds
    private long checkpointUpdate;
    private volatile SortedMap<String, Double> metrics = new TreeMap<>();
    private volatile boolean metricsChanged;
    private volatile long lastEvent;
    private volatile Trainer.Position at;
    private int ticks;
    private final GateWatch gates;
    private final UpdateClock clock;

    JobRun(
            Job job,
            Plan plan,
            Trainer trainer,
            String engine,
            JobStore store,
            TrainerCheckpoints checkpoints,
            Limits limits,
            JobMeters.Running meters,
            LongSupplier nanoTime) {
        this.job = job;
        this.plan = plan;
        this.trainer = trainer;
        this.engine = engine;
        this.store = store;
        this.checkpoints = checkpoints;
        this.limits = limits;
        this.meters = meters;
        this.nanoTime = nanoTime;
        this.curve = new CurveBuffer(
                plan.metric(), trainer.totalUpdates(), plan.settings().epochs(), nanoTime);
        this.gates = new GateWatch(plan, nanoTime);
        this.clock = new UpdateClock(nanoTime);
        this.began = nanoTime.getAsLong();
        this.checkpointAt = began;
        this.lastEvent = job.events();
        this.at = trainer.position();
    }

    /** Goes on from a checkpoint. */
    void restore(Trainer.State state, TrainerCheckpoints.Notes notes) {
        trainer.restore(state);
        at = state.position();
        secondsBefore = notes.seconds();
        updatesBefore = state.position().updates();
        checkpointUpdate = updatesBefore;
        metrics = new TreeMap<>(notes.metrics());
        lastEvent = notes.lastEvent();
    }

    void stop(Stop why) {
        stop.accumulateAndGet(why, (now, wanted) -> now != null && now.compareTo(wanted) > 0 ? now : wanted);
    }

    @Nullable
    Stop stopped() {
        return stop.get();
    }

    @Override
    public boolean shouldStop() {
        if (seconds() > (double) limits.wallTime().toSeconds()) {
            stop(Stop.WALL_TIME);
        }
        return stop.get() != null;
    }

    /** That the job has run, on this worker and those before. */
    double seconds() {
        return secondsBefore + sinceBegin();
    }

    private double sinceBegin() {
        return (double) (nanoTime.getAsLong() - began) / 1e9;
    }

    SortedMap<String, Double> metrics() {
        return metrics;
    }

    @Override
    public void began(Score validation) {
        best(validation);
        curve.validated(0, 0, validation);
        watchGates(0, true);
        clock.mark();
    }

    private void watchGates(int epoch, boolean certainly) {
        gates.look(trainer.weights(), certainly)
                .ifPresent(values -> curve.add(epoch, trainer.position().updates(), "validation", values));
    }

    /** What is known at the end, beside the weights themselves. */
    JobFindings findings() {
        return JobFindings.of(plan, trainer.best(), at.updates(), clock.secondsPerUpdate());
    }

    @Override
    public void updated(Update update) {
        at = trainer.position();
        clock.updated();
        curve.updated(update);
        meters.updated(update.score().loss(), curve.stepsPerSecond());
        long now = nanoTime.getAsLong();
        boolean due = now - checkpointAt >= limits.checkpointEvery().toNanos()
                || (limits.checkpointUpdates() > 0 && update.number() - checkpointUpdate >= limits.checkpointUpdates());
        if (due) {
            checkpoint();
        }
        clock.mark();
    }

    @Override
    public void epochFinished(Epoch epoch) {
        at = trainer.position();
        if (epoch.best()) {
            best(epoch.validation());
        }
        curve.epochFinished(epoch);
        meters.validated(plan.metric().of().applyAsDouble(epoch.validation()));
        watchGates(epoch.epoch(), epoch.epoch() == plan.settings().epochs() - 1);
        clock.mark();
    }

    private void best(Score validation) {
        TaskMetric metric = plan.metric();
        SortedMap<String, Double> best = new TreeMap<>();
        best.put("validation.loss", validation.loss());
        best.put("validation." + metric.name(), metric.of().applyAsDouble(validation));
        best.values().removeIf(value -> !Double.isFinite(value));
        metrics = best;
        metricsChanged = true;
    }

    /** Writes where the training stands, unless the job is another's by now. */
    void checkpoint() {
        checkpointAt = nanoTime.getAsLong();
        Trainer.State state = trainer.state();
        checkpointUpdate = state.position().updates();
        try {
            if (!store.control(job.id(), job.fence()).held()) {
                stop(Stop.FENCED);
                return;
            }
            flush(true);
        } catch (DataAccessException e) {
            log.warn("job {}: the database can't be reached; the training goes on: {}", job.id(), e.getMessage());
        }
        try {
            checkpoints.save(job.id(), state, notes(state));
            meters.checkpoint();
        } catch (CheckpointException e) {
            log.warn("job {}: no checkpoint of weights that are no numbers", job.id());
        } catch (IOException e) {
            throw new UncheckedIOException("the checkpoint of update " + checkpointUpdate, e);
        }
    }

    private TrainerCheckpoints.Notes notes(Trainer.State state) {
        return new TrainerCheckpoints.Notes(
                TrainerCheckpoints.FORMAT,
                job.request(),
                state.position(),
                state.moments().updates(),
                engine,
                plan.data(),
                lastEvent,
                seconds(),
                metrics,
                TrainerCheckpoints.RANDOMNESS,
                null);
    }

    /** Called every {@link #TICK} from another thread: reads what the job is asked, writes what has gathered. */
    void tick() {
        try {
            JobStore.Control control = store.control(job.id(), job.fence());
            if (!control.held()) {
                stop(Stop.FENCED);
                return;
            }
            if (control.wanted() != null) {
                stop(control.wanted() == Job.Wanted.CANCEL ? Stop.CANCEL : Stop.PAUSE);
            }
            if (++ticks % TICKS_PER_FLUSH == 0) {
                flush(false);
            }
        } catch (RuntimeException e) { // the monitor goes on
            log.warn("job {}: the database can't be reached; trying again: {}", job.id(), e.getMessage());
        }
    }

    /** @param atCheckpoint the workers lost so far are forgotten: there is progress */
    synchronized void flush(boolean atCheckpoint) {
        Progress progress = progress();
        if (!atCheckpoint && curve.isEmpty() && !metricsChanged && progress.step() == meters.written()) {
            return;
        }
        curve.drain(points -> {
            boolean written = store.fenced(job.id(), job.fence(), change -> {
                points.forEach(change::point);
                change.progress = progress;
                change.metrics = metrics;
                change.lost = atCheckpoint ? 0 : change.lost;
                lastEvent = change.lastEvent();
            });
            if (!written) {
                stop(Stop.FENCED);
            }
        });
        metricsChanged = false;
        meters.written(progress);
    }

    Progress progress() {
        Trainer.Position now = at;
        long total = trainer.totalUpdates();
        long done = now.updates() - updatesBefore;
        Double eta = done == 0 ? null : (double) (total - now.updates()) * sinceBegin() / (double) done;
        double fraction = total == 0 ? 1 : (double) now.updates() / (double) total;
        return new Progress(now.epoch(), now.updates(), total, fraction, eta);
    }
}
