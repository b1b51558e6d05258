package io.tidegate.training.jobs;

import io.tidegate.training.jobs.Job.Wanted;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;

/** What can be asked of jobs, by whichever process. */
public final class TrainingJobs {

    private final JobStore store;
    private final Admission admission;
    private final int maxQueued;
    private final BiConsumer<String, Wanted> tell;

    /** @param tell reaches a job that runs in this process at once */
    TrainingJobs(JobStore store, Admission admission, int maxQueued, BiConsumer<String, Wanted> tell) {
        this.store = store;
        this.admission = admission;
        this.maxQueued = maxQueued;
        this.tell = tell;
    }

    /**
     * Submits a job. The same key with the same draft gives the same job, however often.
     *
     * @param idempotencyKey null for none
     * @param experiment that it belongs to; null for none
     * @throws io.tidegate.training.recipe.InvalidParametersException if the draft can't be trained
     * @throws JobException.Conflict if the key came with another draft before
     */
    public Job submit(JobDraft draft, @Nullable String idempotencyKey, @Nullable String experiment) {
        String digest = RequestDigest.of(draft);
        if (idempotencyKey != null) {
            Job earlier = earlier(idempotencyKey, digest);
            if (earlier != null) {
                return earlier;
            }
        }
        JobRequest request = admission.admit(draft);
        long queued = store.counts().getOrDefault(JobStatus.QUEUED, 0L);
        if (queued >= maxQueued) {
            throw new JobException.Full("expected fewer than " + maxQueued
                    + " queued jobs (tidegate.training.limits.max-jobs-queued), there are " + queued
                    + "; try again later, or cancel some");
        }
        try {
            return store.insert(
                    new JobStore.Submission(UUID.randomUUID().toString(), request, idempotencyKey, digest, experiment));
        } catch (DuplicateKeyException e) {
            Job earlier = idempotencyKey == null ? null : earlier(idempotencyKey, digest);
            if (earlier == null) {
                throw e;
            }
            return earlier;
        }
    }

    private @Nullable Job earlier(String key, String digest) {
        JobStore.Earlier earlier = store.submittedWith(key).orElse(null);
        if (earlier == null) {
            return null;
        }
        if (!earlier.digest().equals(digest)) {
            throw new JobException.Conflict("Idempotency-Key: it came with another request before, which became job '"
                    + earlier.job().id() + "'; use a new key for a new request");
        }
        return earlier.job();
    }

    /** Asks a running job to stop where it is; it will be PAUSED once it has written a checkpoint. */
    public Job pause(String id) {
        Job job = store.change(id, change -> {
            if (change.status != JobStatus.RUNNING) {
                throw new JobException.Conflict("job '" + id + "' can't be paused: it is " + change.status
                        + ", and only a RUNNING job can"
                        + (change.status == JobStatus.QUEUED ? "; cancel it and submit it again later" : ""));
            }
            if (change.wanted == null) {
                change.wanted = Wanted.PAUSE;
                change.note("pause requested");
            }
        });
        tellWorker(job);
        return job;
    }

    /** Queues a paused job; it is RUNNING once a worker has taken it up. */
    public Job resume(String id) {
        return store.change(id, change -> {
            if (change.status != JobStatus.PAUSED) {
                boolean pausing = change.status == JobStatus.RUNNING && change.wanted == Wanted.PAUSE;
                throw new JobException.Conflict("job '" + id + "' can't be resumed: it is " + change.status
                        + (pausing ? ", about to pause; resume it once it is PAUSED" : ", and only a PAUSED job can"));
            }
            change.execution++;
            change.note("resume requested, waits for a worker");
        });
    }

    /** Ends a job: at once where it waits, between two updates where it runs. */
    public Job cancel(String id) {
        Job job = store.change(id, change -> {
            switch (change.status) {
                case QUEUED, PAUSED -> {
                    change.takeAway();
                    change.become(JobStatus.CANCELLED, "cancelled on request");
                }
                case RUNNING -> {
                    if (change.wanted != Wanted.CANCEL) {
                        change.wanted = Wanted.CANCEL;
                        change.note("cancel requested");
                    }
                }
                case SUCCEEDED, FAILED, CANCELLED ->
                    throw new JobException.Conflict(
                            "job '" + id + "' can't be cancelled: it is " + change.status + " already");
            }
        });
        tellWorker(job);
        return job;
    }

    private void tellWorker(Job job) {
        Wanted wanted = job.wanted();
        if (wanted != null) {
            tell.accept(job.id(), wanted);
        }
    }
}
