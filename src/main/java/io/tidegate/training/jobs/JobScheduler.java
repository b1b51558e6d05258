package io.tidegate.training.jobs;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Takes jobs from the queue, as many at once as this process may run; takes over those of workers that no longer say they live. */
final class JobScheduler implements SmartLifecycle {

    static final String TASK = "training-job";

    private static final Logger log = LoggerFactory.getLogger(JobScheduler.class);
    /** Due before any other: a job that has begun goes before those that haven't. */
    static final Instant FIRST = Instant.EPOCH;

    private static final Duration POLL = Duration.ofMillis(500), RETRY = Duration.ofSeconds(5);

    private final DataSource database;
    private final JobRunner runner;
    private final JobStore store;
    private final int jobs;
    private final Duration heartbeat;
    private final String worker;
    private final boolean ownsDatabase;
    private final Clock clock;
    private volatile @Nullable Scheduler scheduler;

    /** @param ownsDatabase whether no other process can be at the database: what its queue says is running then isn't */
    JobScheduler(
            DataSource database,
            JobRunner runner,
            JobStore store,
            int jobs,
            Duration heartbeat,
            String worker,
            boolean ownsDatabase,
            Clock clock) {
        this.database = database;
        this.runner = runner;
        this.store = store;
        this.jobs = jobs;
        this.heartbeat = heartbeat;
        this.worker = worker;
        this.ownsDatabase = ownsDatabase;
        this.clock = clock;
    }

    /** A job's entry in the queue. */
    static TaskInstance<Void> entry(String job, int execution) {
        return new TaskInstance<>(TASK, job + "." + execution);
    }

    private static String job(TaskInstance<?> entry) {
        return entry.getId().substring(0, entry.getId().lastIndexOf('.'));
    }

    private static int execution(TaskInstance<?> entry) {
        return Integer.parseInt(entry.getId().substring(entry.getId().lastIndexOf('.') + 1));
    }

    private CustomTask<Void> task() {
        return Tasks.custom(TASK, Void.class)
                .onDeadExecution((dead, operations) -> {
                    TaskInstance<?> entry = dead.getExecution().taskInstance;
                    log.warn("job {}: worker {} was lost", job(entry), dead.getExecution().pickedBy);
                    store.workerLost(job(entry), execution(entry));
                    operations.reschedule(dead, FIRST);
                })
                .onFailure((failed, operations) ->
                        operations.reschedule(failed, clock.instant().plus(RETRY)))
                .execute((entry, context) -> switch (runner.run(job(entry), execution(entry))) {
                    case DONE -> new CompletionHandler.OnCompleteRemove<>();
                    case LEFT_FOR_ANOTHER -> (done, operations) -> operations.reschedule(done, FIRST);
                    case NOT_BEGUN ->
                        (done, operations) -> operations.reschedule(done, done.getExecution().executionTime);
                });
    }

    @Override
    public void start() {
        if (ownsDatabase) {
            store.workersLost(FIRST);
        }
        Scheduler started = Scheduler.create(database, task())
                .threads(jobs)
                .executorService(Executors.newFixedThreadPool(jobs, BackgroundThreads.named("training-job-")))
                .schedulerName(new SchedulerName.Fixed(worker))
                .pollingInterval(POLL)
                .heartbeatInterval(heartbeat)
                .missedHeartbeatsLimit(4)
                .shutdownMaxWait(JobRunner.STOPS_WITHIN)
                .build();
        started.start();
        scheduler = started;
    }

    @Override
    public void stop() {
        Scheduler started = scheduler;
        if (started != null) {
            runner.shutDown();
            started.stop();
            scheduler = null;
        }
    }

    @Override
    public boolean isRunning() {
        return scheduler != null;
    }
}
