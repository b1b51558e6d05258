package io.tidegate.training.experiments;

import io.tidegate.training.experiments.ExperimentRequest.Variant;
import io.tidegate.training.jobs.Job;
import io.tidegate.training.jobs.JobDraft;
import io.tidegate.training.jobs.JobException;
import io.tidegate.training.jobs.JobStore;
import io.tidegate.training.jobs.RequestDigest;
import io.tidegate.training.jobs.TrainingJobs;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.transaction.support.TransactionOperations;

/** What can be asked of experiments, by whichever process. */
public final class Experiments {

    private final ExperimentStore store;
    private final ExperimentAdmission admission;
    private final TrainingJobs jobs;
    private final JobStore jobStore;
    private final TransactionOperations transactions;

    Experiments(
            ExperimentStore store,
            ExperimentAdmission admission,
            TrainingJobs jobs,
            JobStore jobStore,
            TransactionOperations transactions) {
        this.store = store;
        this.admission = admission;
        this.jobs = jobs;
        this.jobStore = jobStore;
        this.transactions = transactions;
    }

    /**
     * Submits all its jobs, or none. The same key with the same draft gives the same experiment, however often.
     *
     * @param idempotencyKey null for none
     * @throws io.tidegate.training.recipe.InvalidParametersException if one of the jobs can't be trained
     * @throws JobException.Full if there is no room for all of them
     * @throws ExperimentConflictException if the key came with another draft before
     */
    public Experiment submit(ExperimentDraft draft, @Nullable String idempotencyKey) {
        String digest = RequestDigest.of(draft);
        Experiment earlier = earlier(idempotencyKey, digest);
        if (earlier != null) {
            return earlier;
        }
        ExperimentRequest request = admission.admit(draft);
        String id = UUID.randomUUID().toString();
        try {
            transactions.executeWithoutResult(_ -> {
                store.insert(id, request, idempotencyKey, digest);
                // seed by seed, so that pairs are complete early
                for (long seed : request.seeds()) {
                    request.cells().forEach(variant -> jobs.submit(draft(request, variant, seed), null, id));
                }
            });
        } catch (DuplicateKeyException e) {
            Experiment meanwhile = earlier(idempotencyKey, digest);
            if (meanwhile == null) {
                throw e;
            }
            return meanwhile;
        }
        return store.experiment(id);
    }

    private static JobDraft draft(ExperimentRequest request, Variant variant, long seed) {
        return new JobDraft(
                request.recipe(),
                request.model(variant),
                variant.cell(),
                seed,
                request.preset(),
                request.parameters(variant),
                request.dataset(),
                null);
    }

    private @Nullable Experiment earlier(@Nullable String key, String digest) {
        ExperimentStore.Earlier earlier =
                key == null ? null : store.submittedWith(key).orElse(null);
        if (earlier == null) {
            return null;
        }
        if (!earlier.digest().equals(digest)) {
            throw new ExperimentConflictException(
                    "Idempotency-Key: it came with another request before, which became experiment '"
                            + earlier.experiment().id() + "'; use a new key for a new request");
        }
        return earlier.experiment();
    }

    /** Cancels the jobs that aren't at their end. */
    public Experiment cancel(String id) {
        Experiment experiment = store.experiment(id);
        for (Job job : jobStore.ofExperiment(id)) {
            if (!job.status().isFinal()) {
                try {
                    jobs.cancel(job.id());
                } catch (JobException.Conflict e) {
                    // it has ended meanwhile, which is what was asked for
                }
            }
        }
        return experiment;
    }
}
