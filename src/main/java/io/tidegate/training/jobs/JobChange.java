package io.tidegate.training.jobs;

import io.tidegate.training.jobs.Job.Progress;
import io.tidegate.training.jobs.Job.Published;
import io.tidegate.training.jobs.Job.Wanted;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** A job whose row is locked, and what is to become of it: written as a whole, events included, or not at all. */
final class JobChange {

    private final Job job;
    private final Instant now;
    private final List<JobEvent> events = new ArrayList<>();
    JobStatus status;

    @Nullable
    Wanted wanted;

    long fence;

    @Nullable
    String worker;

    @Nullable
    String engine;

    int execution;
    int lost;
    Progress progress;
    SortedMap<String, Double> metrics;

    @Nullable
    Published published;

    @Nullable
    JobError error;

    /** To be kept; null leaves those there are. */
    @Nullable
    JobFindings findings;

    JobChange(Job job, Instant now) {
        this.job = job;
        this.now = now;
        this.status = job.status();
        this.wanted = job.wanted();
        this.fence = job.fence();
        this.worker = job.worker();
        this.engine = job.engine();
        this.execution = job.execution();
        this.lost = job.lost();
        this.progress = job.progress();
        this.metrics = job.metrics();
        this.published = job.published();
        this.error = job.error();
    }

    /** As it was. */
    Job job() {
        return job;
    }

    List<JobEvent> events() {
        return events;
    }

    long lastEvent() {
        return job.events() + events.size();
    }

    void become(JobStatus next, String reason) {
        if (!status.canBecome(next)) {
            throw new IllegalStateException("job " + job.id() + ": " + status + " can't become " + next);
        }
        status = next;
        note(reason);
    }

    /** Keeps something worth knowing among the transitions. */
    void note(String reason) {
        events.add(new JobEvent.Transition(lastEvent() + 1, now, status, reason));
    }

    void point(JobEvent.Point point) {
        events.add(new JobEvent.Metrics(lastEvent() + 1, now, point));
    }

    /** From now on nothing that an earlier worker writes counts. */
    void takeAway() {
        fence++;
        wanted = null;
    }

    void fail(JobError why) {
        error = why;
        become(JobStatus.FAILED, why.title() + ": " + why.detail());
    }
}
