package io.tidegate.training.jobs;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.train.Learner;
import io.tidegate.core.train.Trainer;
import io.tidegate.platform.Folders;
import io.tidegate.training.recipe.Assignment;
import io.tidegate.training.recipe.InvalidParametersException;
import io.tidegate.training.recipe.Plan;
import io.tidegate.training.recipe.Recipe;
import io.tidegate.training.recipe.Recipes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Runs jobs on this worker: claims them, trains, and sees to it that each ends in a status with a reason. */
final class JobRunner {

    private static final Logger log = LoggerFactory.getLogger(JobRunner.class);

    /** So many workers may be lost with no checkpoint between before a job is taken for what kills them. */
    private static final int MOST_LOST = 5;

    /** What becomes of a job's entry in the queue. */
    enum Outcome {
        DONE,
        /** The worker shuts down, and has begun with the job: the entry is for the next one, before all that wait. */
        LEFT_FOR_ANOTHER,
        /** The worker shuts down: the entry keeps its place. */
        NOT_BEGUN
    }

    private final JobStore store;
    private final Recipes recipes;
    private final Supplier<TrainingEngine> engine;
    private final TrainerCheckpoints checkpoints;
    private final Publisher publisher;
    private final JobMeters meters;
    private final JobRun.Limits limits;
    private final String worker;
    private final LongSupplier nanoTime;

    private final Map<String, JobRun> running = new ConcurrentHashMap<>();
    private volatile boolean shuttingDown;

    JobRunner(
            JobStore store,
            Recipes recipes,
            Supplier<TrainingEngine> engine,
            TrainerCheckpoints checkpoints,
            Publisher publisher,
            JobMeters meters,
            JobRun.Limits limits,
            String worker,
            LongSupplier nanoTime) {
        this.store = store;
        this.recipes = recipes;
        this.engine = engine;
        this.checkpoints = checkpoints;
        this.publisher = publisher;
        this.meters = meters;
        this.limits = limits;
        this.worker = worker;
        this.nanoTime = nanoTime;
    }

    /** Tells a job that runs here at once; one that runs elsewhere, or not, hears of it through the database. */
    void tell(String job, JobRun.Stop stop) {
        JobRun run = running.get(job);
        if (run != null) {
            run.stop(stop);
        }
    }

    /** Lets every job that runs here write a checkpoint and go back into the queue. */
    void shutDown() {
        shuttingDown = true;
        running.values().forEach(run -> run.stop(JobRun.Stop.SHUT_DOWN));
    }

    /** @param execution the number of the queue's entry that led here */
    Outcome run(String id, int execution) {
        if (shuttingDown) {
            return Outcome.NOT_BEGUN;
        }
        Optional<Job> claimed = store.claim(id, execution, worker);
        if (claimed.isEmpty()) {
            return Outcome.DONE;
        }
        Job job = claimed.get();
        log.info("job {}: claimed by {}, fence {}", id, worker, job.fence());
        if (job.lost() > 0) {
            meters.takenOver();
        }
        try {
            return job.lost() > MOST_LOST ? tooManyLost(job) : run(job);
        } catch (DataAccessException e) {
            throw e; // nothing can be said of the job now: the queue tries again
        } catch (Throwable e) {
            log.error("job {} failed", id, e);
            fail(job, JobFailure.of(e));
            return Outcome.DONE;
        }
    }

    private Outcome tooManyLost(Job job) {
        fail(
                job,
                JobError.workersLost(
                        job.lost() + " in a row, with no checkpoint between; it may need more memory than a"
                                + " worker has: make it smaller and submit it again"));
        return Outcome.DONE;
    }

    private void fail(Job job, JobError why) {
        store.fenced(job.id(), job.fence(), change -> {
            if (change.status == JobStatus.PAUSED) {
                change.become(JobStatus.RUNNING, "worker " + worker + " takes it up again");
            }
            change.wanted = null;
            change.fail(why);
        });
    }

    private Outcome run(Job job) throws IOException {
        try (Plan plan = plan(job)) {
            TrainingEngine on = engine.get();
            try (Learner learner = plan.learner(on.engine())) {
                Trainer trainer = new Trainer(learner, plan.optimizer(), plan.learningRate(), plan.settings());
                return run(job, plan, trainer, on);
            }
        }
    }

    private Plan plan(Job job) {
        JobRequest request = job.request();
        try {
            Recipe recipe = recipes.named(request.recipe());
            ObjectNode given = JsonMapper.shared().valueToTree(request.parameters());
            return recipe.plan(new Assignment(
                    CellType.of(request.cell()),
                    request.seed(),
                    recipe.parameters().read(null, given),
                    request.dataset()));
        } catch (InvalidParametersException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new JobFailure.DataUnavailable(e);
        }
    }

    private Outcome run(Job job, Plan plan, Trainer trainer, TrainingEngine on) throws IOException {
        try (JobMeters.Running series = meters.running(job)) {
            JobRun run = new JobRun(job, plan, trainer, on.fingerprint(), store, checkpoints, limits, series, nanoTime);
            if (!begin(job, run, trainer, on)) {
                return Outcome.DONE;
            }
            running.put(job.id(), run);
            if (shuttingDown) {
                run.stop(JobRun.Stop.SHUT_DOWN);
            }
            Trainer.Ending ending;
            try (ScheduledExecutorService monitor = Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("job-monitor").factory())) {
                long tick = JobRun.TICK.toMillis();
                var _ = monitor.scheduleWithFixedDelay(run::tick, 0, tick, TimeUnit.MILLISECONDS);
                try {
                    ending = trainer.run(run);
                } finally {
                    monitor.shutdown(); // never interrupted: H2 closes the file under an interrupted thread
                }
            } catch (Trainer.DivergedException e) {
                return diverged(job, plan, run, trainer, on, e);
            } finally {
                running.remove(job.id());
            }
            return ending == Trainer.Ending.STOPPED
                    ? stopped(job, run)
                    : succeeded(job, plan, run, trainer, on, ending);
        }
    }

    /** RUNNING, from the newest checkpoint or the start. */
    private boolean begin(Job job, JobRun run, Trainer trainer, TrainingEngine on) throws IOException {
        TrainerCheckpoints.Restored restored = checkpoints.newest(job.id());
        TrainerCheckpoints.Notes notes = restored.notes();
        Trainer.State state = restored.state();
        if (state != null && notes != null) {
            run.restore(state, notes);
        }
        long event = notes == null ? 0 : notes.lastEvent();
        boolean begun = store.dropPointsAfter(job.id(), job.fence(), event)
                && store.fenced(job.id(), job.fence(), change -> {
                    change.become(
                            JobStatus.RUNNING,
                            "worker " + worker
                                    + (state == null
                                            ? " begins"
                                            : " goes on after update "
                                                    + state.position().updates()));
                    restored.refused().forEach(change::note);
                    if (notes != null && !notes.engine().equals(on.fingerprint())) {
                        change.note("the engine differs, so the result need not be the same bit for bit: it was "
                                + notes.engine() + ", it is " + on.fingerprint());
                    }
                    change.engine = on.fingerprint();
                    change.progress = run.progress();
                });
        log.info(
                "job {}: {} after update {}",
                job.id(),
                begun ? "running" : "lost to another worker",
                trainer.position().updates());
        return begun;
    }

    private Outcome stopped(Job job, JobRun run) {
        JobRun.Stop why = Objects.requireNonNull(run.stopped());
        log.info("job {}: stops, {}", job.id(), why);
        if (why == JobRun.Stop.FENCED) {
            return Outcome.DONE;
        }
        if (why != JobRun.Stop.CANCEL) {
            run.checkpoint();
        }
        run.flush(true);
        String at = " after update " + run.progress().step();
        store.fenced(job.id(), job.fence(), change -> {
            change.wanted = null;
            switch (why) {
                case SHUT_DOWN -> change.become(JobStatus.QUEUED, "worker " + worker + " shut down" + at);
                case PAUSE -> change.become(JobStatus.PAUSED, "paused on request" + at);
                case CANCEL -> change.become(JobStatus.CANCELLED, "cancelled on request" + at);
                case WALL_TIME ->
                    change.fail(JobError.wallTime("it ran for " + Math.round(run.seconds()) + " s" + at
                            + ", tidegate.training.limits.max-wall-time is " + limits.wallTime()));
                case FENCED -> throw new IllegalStateException();
            }
        });
        return why == JobRun.Stop.SHUT_DOWN ? Outcome.LEFT_FOR_ANOTHER : Outcome.DONE;
    }

    private Outcome succeeded(
            Job job, Plan plan, JobRun run, Trainer trainer, TrainingEngine on, Trainer.Ending ending) {
        run.flush(false);
        Engine with = on.engine();
        Publisher.Result result = Publisher.score(job, plan, with, trainer.best(), run.metrics());
        Publisher.Verdict better = publisher.better(job, plan, with, result.metrics());
        JobFindings findings = run.findings();
        boolean taken = job.fence() > 1;
        // under the row's lock: nobody can claim the job between the version's appearance and the note of it
        boolean mine = store.fenced(job.id(), job.fence(), change -> {
            try {
                Publisher.Outcome outcome = publisher.publish(job, plan, result, on.fingerprint(), taken, better);
                change.published = outcome.published();
                change.metrics = result.metrics();
                change.findings = findings;
                change.progress = done(run.progress());
                change.wanted = null;
                change.point(testPoint(run.progress(), result.metrics()));
                change.become(JobStatus.SUCCEEDED, outcome.reason() + because(ending));
                log.info("job {}: {}", job.id(), outcome.reason());
            } catch (IOException e) {
                throw new UncheckedIOException("the version", e);
            }
        });
        if (!mine) {
            log.warn("job {}: another worker has it by now; this one's result is dropped", job.id());
        }
        return Outcome.DONE;
    }

    private static String because(Trainer.Ending ending) {
        return ending == Trainer.Ending.NO_LONGER_BETTER ? "; stopped early: no longer better" : "";
    }

    private static Job.Progress done(Job.Progress progress) {
        return new Job.Progress(progress.epoch(), progress.step(), progress.totalSteps(), 1, 0.0);
    }

    private static JobEvent.Point testPoint(Job.Progress progress, SortedMap<String, Double> metrics) {
        SortedMap<String, Double> test = new TreeMap<>();
        metrics.tailMap("test.").forEach((name, value) -> {
            if (name.startsWith("test.")) {
                test.put(name.substring("test.".length()), value);
            }
        });
        return new JobEvent.Point(progress.epoch(), progress.step(), "test", test);
    }

    /** The best weights up to there are kept beside the job's checkpoints, as a model that can be uploaded. */
    private Outcome diverged(
            Job job, Plan plan, JobRun run, Trainer trainer, TrainingEngine on, Trainer.DivergedException e)
            throws IOException {
        run.flush(false);
        String kept = "; there are no weights to keep";
        if (trainer.position().validated() != null) {
            Publisher.Result result = Publisher.score(job, plan, on.engine(), trainer.best(), run.metrics());
            Path best = checkpoints.folder(job.id()).resolve("best");
            Folders.delete(best);
            publisher.keep(job, plan, result, on.fingerprint(), Files.createDirectories(best));
            kept = "; the best weights before are kept in jobs/" + job.id() + "/best of the data directory";
        }
        fail(job, JobError.diverged(e.getMessage() + kept));
        return Outcome.DONE;
    }

    /** What a run may take until it must have stopped: an update, a checkpoint, and the words about it. */
    static final Duration STOPS_WITHIN = Duration.ofSeconds(25);
}
