package io.tidegate.training.experiments;

import io.tidegate.training.jobs.Job;
import io.tidegate.training.jobs.JobError;
import io.tidegate.training.jobs.JobEvent;
import io.tidegate.training.jobs.JobFindings;
import io.tidegate.training.jobs.JobStatus;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One variant's training with one seed, as far as it has come.
 *
 * @param variant its name
 * @param findings null before its end, and where it didn't succeed
 * @param curve its points, in their order
 */
record Run(String variant, Job job, @Nullable JobFindings findings, List<JobEvent.Point> curve) {

    private static final String DIVERGED = "urn:tidegate:problem:diverged";

    String cell() {
        return job.request().cell();
    }

    long seed() {
        return job.request().seed();
    }

    /** The task's metric on the test data; null until the job has succeeded. */
    @Nullable
    Double result(JobFindings.Metric metric) {
        if (job.status() != JobStatus.SUCCEEDED) {
            return null;
        }
        return job.metrics().get("test." + metric.name());
    }

    /** Updates done when the validation first beat the trivial baseline; null if it never has. */
    @Nullable
    Long beatTrivialAt(JobFindings.Metric metric) {
        for (JobEvent.Point point : curve) {
            Double value = point.values().get(metric.name());
            boolean trained = point.step() > 0; // an untrained network may be lucky
            if (trained && point.split().equals("validation") && value != null && metric.beatsTrivial(value)) {
                return point.step();
            }
        }
        return null;
    }

    boolean diverged() {
        JobError error = job.error();
        return error != null && error.type().equals(DIVERGED);
    }

    /** Why there is no result, in words: {@code diverged}, {@code is queued} … */
    String missing() {
        return switch (job.status()) {
            case FAILED -> diverged() ? "diverged" : "failed";
            case CANCELLED -> "was cancelled";
            case SUCCEEDED -> "gave no such metric";
            case QUEUED, RUNNING, PAUSED -> "is " + job.status().name().toLowerCase(Locale.ROOT);
        };
    }
}
