package io.tidegate.training.jobs;

import io.tidegate.training.jobs.Job.Wanted;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Jobs and their events in the database. Every change of a job happens under its row's lock, together with the events that tell
 * of it. A worker's changes carry the fence it got with its claim, and come to nothing once somebody else has claimed the job.
 */
public final class JobStore {

    /**
     * A job to be.
     *
     * @param idempotencyKey under which the caller may send it again; null for none
     * @param digest of the caller's request
     * @param experiment that it belongs to; null for none
     */
    public record Submission(
            String id,
            JobRequest request,
            @Nullable String idempotencyKey,
            String digest,
            @Nullable String experiment) {}

    /** @param digest of the request that the job was submitted with */
    record Earlier(Job job, String digest) {}

    /** @param held whether the fence still is the job's */
    record Control(boolean held, @Nullable Wanted wanted) {}

    private final JdbcClient jdbc;
    private final TransactionOperations transactions;
    private final JobQueue queue;
    private final Clock clock;

    public JobStore(JdbcClient jdbc, TransactionOperations transactions, JobQueue queue, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.queue = queue;
        this.clock = clock;
    }

    /** @throws DuplicateKeyException if the idempotency key has been used */
    Job insert(Submission submission) {
        Instant now = now();
        transactions.executeWithoutResult(_ -> {
            jdbc.sql("""
                    insert into training_job (id, request, status, fence, execution, lost, progress, metrics,
                        idempotency_key, request_digest, experiment_id, created_at, events)
                    values (:id, :request, 'QUEUED', 0, 1, 0, :progress, '{}', :key, :digest, :experiment, :now, 1)""")
                    .param("id", submission.id())
                    .param("request", JobRows.json(submission.request()))
                    .param("progress", JobRows.json(Job.Progress.NONE))
                    .param("key", submission.idempotencyKey())
                    .param("digest", submission.digest())
                    .param("experiment", submission.experiment())
                    .param("now", now.atOffset(ZoneOffset.UTC))
                    .update();
            insert(submission.id(), new JobEvent.Transition(1, now, JobStatus.QUEUED, "submitted"));
            queue.enqueue(submission.id(), 1);
        });
        return job(submission.id());
    }

    private void insert(String job, JobEvent event) {
        jdbc.sql(
                        "insert into training_event (job_id, number, at, kind, body) values (:job, :number, :at, :kind, :body)")
                .param("job", job)
                .param("number", event.number())
                .param("at", event.at().atOffset(ZoneOffset.UTC))
                .param("kind", JobRows.kind(event))
                .param("body", JobRows.body(event))
                .update();
    }

    public Job job(String id) {
        return find(id).orElseThrow(() -> new JobException.NotFound(id));
    }

    public Optional<Job> find(String id) {
        return jdbc.sql("select * from training_job where id = :id")
                .param("id", id)
                .query(JobRows::job)
                .optional();
    }

    Optional<Earlier> submittedWith(String idempotencyKey) {
        return jdbc.sql("select * from training_job where idempotency_key = :key")
                .param("key", idempotencyKey)
                .query((row, n) -> new Earlier(JobRows.job(row, n), row.getString("request_digest")))
                .optional();
    }

    /**
     * The newest first.
     *
     * @param status null for all
     * @param after the id of the last job of the page before; null for the first page
     */
    public List<Job> list(@Nullable JobStatus status, int limit, @Nullable String after) {
        long before = after == null ? Long.MAX_VALUE : job(after).position();
        String ofStatus = status == null ? "" : " and status = '" + status + "'";
        return jdbc.sql("select * from training_job where position < :before" + ofStatus
                        + " order by position desc limit :limit")
                .param("before", before)
                .param("limit", limit)
                .query(JobRows::job)
                .list();
    }

    /** An experiment's jobs, in their order of arrival. */
    public List<Job> ofExperiment(String experiment) {
        return jdbc.sql("select * from training_job where experiment_id = :experiment order by position")
                .param("experiment", experiment)
                .query(JobRows::job)
                .list();
    }

    /** What a job has found out; empty before its end. */
    public Optional<JobFindings> findings(String id) {
        return jdbc.sql("select findings from training_job where id = :id")
                .param("id", id)
                .query((row, _) -> Optional.ofNullable(row.getString("findings")))
                .single()
                .map(JobRows::findings);
    }

    /** A job that isn't at its end and was given this dataset. */
    Optional<String> unfinishedWith(String dataset) {
        return jdbc
                .sql("select * from training_job where status in ('QUEUED', 'RUNNING', 'PAUSED')")
                .query(JobRows::job)
                .stream()
                .filter(job -> dataset.equals(job.request().dataset()))
                .map(Job::id)
                .findFirst();
    }

    public Map<JobStatus, Long> counts() {
        Map<JobStatus, Long> counts = new EnumMap<>(JobStatus.class);
        jdbc.sql("select status, count(*) as jobs from training_job group by status")
                .query(row -> {
                    counts.put(JobStatus.valueOf(row.getString("status")), row.getLong("jobs"));
                });
        return counts;
    }

    /** Events of both kinds in their order, from the one after this number. */
    public List<JobEvent> events(String id, long after, int limit) {
        return jdbc.sql(
                        "select * from training_event where job_id = :id and number > :after order by number limit :limit")
                .param("id", id)
                .param("after", after)
                .param("limit", limit)
                .query(JobRows::event)
                .list();
    }

    public List<JobEvent.Transition> transitions(String id) {
        return ofKind(id, JobRows.TRANSITION).stream()
                .map(JobEvent.Transition.class::cast)
                .toList();
    }

    /** The learning curve. */
    public List<JobEvent.Point> points(String id) {
        return ofKind(id, JobRows.METRICS).stream()
                .map(event -> ((JobEvent.Metrics) event).point())
                .toList();
    }

    private List<JobEvent> ofKind(String id, String kind) {
        return jdbc.sql("select * from training_event where job_id = :id and kind = :kind order by number")
                .param("id", id)
                .param("kind", kind)
                .query(JobRows::event)
                .list();
    }

    /**
     * Makes a job a worker's, or gives nothing where the entry in the queue isn't the job's any more or nothing is left to do.
     *
     * @param execution the number of the entry that the worker took from the queue
     * @return the job with its new fence; its status is unchanged but for a lost worker's, which is queued again
     */
    Optional<Job> claim(String id, int execution, String worker) {
        boolean claimed =
                change(id, job -> job.execution() == execution && !job.status().isFinal(), change -> {
                    if (change.status == JobStatus.RUNNING) {
                        change.lost++;
                        change.become(JobStatus.QUEUED, "worker " + change.worker + " was lost");
                    }
                    change.fence++;
                    change.worker = worker;
                });
        return claimed ? find(id) : Optional.empty();
    }

    /** Puts a lost worker's job back, or ends it where that was asked for. */
    void workerLost(String id, int execution) {
        change(id, job -> job.execution() == execution && job.status() == JobStatus.RUNNING, change -> {
            boolean cancelled = change.wanted == Wanted.CANCEL;
            change.fence++;
            change.lost++;
            change.become(cancelled ? JobStatus.CANCELLED : JobStatus.QUEUED, "worker " + change.worker + " was lost");
        });
    }

    /**
     * Puts back all that ran, where no process but this one can be at the database.
     *
     * @param due when they are to be taken up again
     */
    void workersLost(Instant due) {
        transactions.executeWithoutResult(_ -> {
            jdbc.sql("select * from training_job where status = 'RUNNING'")
                    .query(JobRows::job)
                    .list()
                    .forEach(job -> workerLost(job.id(), job.execution()));
            jdbc.sql("update scheduled_tasks set picked = false, picked_by = null, execution_time = :due where picked")
                    .param("due", due.atOffset(ZoneOffset.UTC))
                    .update();
        });
    }

    /** What a worker is to know between two updates. */
    Control control(String id, long fence) {
        return jdbc.sql("select fence, wanted from training_job where id = :id")
                .param("id", id)
                .query((row, _) -> {
                    String wanted = row.getString("wanted");
                    return new Control(row.getLong("fence") == fence, wanted == null ? null : Wanted.valueOf(wanted));
                })
                .optional()
                .orElse(new Control(false, null));
    }

    /** A worker's change. @return false if the fence isn't the job's any more: nothing was changed then */
    boolean fenced(String id, long fence, Consumer<JobChange> change) {
        return change(id, job -> job.fence() == fence, change);
    }

    /** Takes back the points after an event, as a training that goes on from there gives them anew. */
    boolean dropPointsAfter(String id, long fence, long event) {
        return fenced(
                id,
                fence,
                _ -> jdbc.sql("delete from training_event where job_id = :id and kind = :kind and number > :event")
                        .param("id", id)
                        .param("kind", JobRows.METRICS)
                        .param("event", event)
                        .update());
    }

    /** Anybody's change of a job that exists. */
    Job change(String id, Consumer<JobChange> change) {
        if (!change(id, _ -> true, change)) {
            throw new JobException.NotFound(id);
        }
        return job(id);
    }

    private boolean change(String id, Predicate<Job> allowed, Consumer<JobChange> change) {
        return Objects.requireNonNull(transactions.execute(_ -> {
            Job job = jdbc.sql("select * from training_job where id = :id for update")
                    .param("id", id)
                    .query(JobRows::job)
                    .optional()
                    .orElse(null);
            if (job == null || !allowed.test(job)) {
                return false;
            }
            JobChange changed = new JobChange(job, now());
            change.accept(changed);
            write(changed);
            return true;
        }));
    }

    private void write(JobChange change) {
        String id = change.job().id();
        jdbc.sql("""
                update training_job set status = :status, wanted = :wanted, fence = :fence, worker = :worker, engine = :engine,
                    execution = :execution, lost = :lost, progress = :progress, metrics = :metrics,
                    published = :published, error = :error, events = :events
                where id = :id""")
                .param("status", change.status.name())
                .param("wanted", change.wanted == null ? null : change.wanted.name())
                .param("fence", change.fence)
                .param("worker", change.worker)
                .param("engine", change.engine)
                .param("execution", change.execution)
                .param("lost", change.lost)
                .param("progress", JobRows.json(change.progress))
                .param("metrics", JobRows.json(change.metrics))
                .param("published", JobRows.json(change.published))
                .param("error", JobRows.json(change.error))
                .param("events", change.lastEvent())
                .param("id", id)
                .update();
        if (change.findings != null) {
            jdbc.sql("update training_job set findings = :findings where id = :id")
                    .param("findings", JobRows.json(change.findings))
                    .param("id", id)
                    .update();
        }
        change.events().forEach(event -> insert(id, event));
        if (change.execution != change.job().execution()) {
            queue.enqueue(id, change.execution);
        }
    }

    /** To the millisecond, which every database keeps. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
