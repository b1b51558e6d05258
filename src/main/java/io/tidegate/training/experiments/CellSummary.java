package io.tidegate.training.experiments;

import io.tidegate.training.experiments.ExperimentRequest.Variant;
import io.tidegate.training.experiments.Report.CellResult;
import io.tidegate.training.experiments.Report.Excluded;
import io.tidegate.training.experiments.Report.SeedResult;
import io.tidegate.training.jobs.JobError;
import io.tidegate.training.jobs.JobFindings;
import io.tidegate.training.jobs.JobStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The figures of one variant. */
final class CellSummary {

    private CellSummary() {}

    /**
     * @param own the variant's runs
     * @param reference the runs that they are compared with; empty for the reference itself
     * @param metric null until a job has succeeded
     */
    static CellResult of(Variant variant, List<Run> own, List<Run> reference, JobFindings.@Nullable Metric metric) {
        List<Double> results = new ArrayList<>(), compared = new ArrayList<>(), against = new ArrayList<>();
        List<Excluded> excluded = new ArrayList<>();
        for (Run run : own) {
            Double result = metric == null ? null : run.result(metric);
            if (result != null) {
                results.add(result);
            }
            Optional<Run> partner =
                    reference.stream().filter(each -> each.seed() == run.seed()).findFirst();
            if (partner.isEmpty()) {
                continue;
            }
            Double other = metric == null ? null : partner.get().result(metric);
            if (result != null && other != null) {
                compared.add(result);
                against.add(other);
            } else {
                excluded.add(new Excluded(run.seed(), reason(run, result, partner.get(), other)));
            }
        }
        List<Run> succeeded = own.stream()
                .filter(run -> run.job().status() == JobStatus.SUCCEEDED)
                .toList();
        List<Double> beaten = succeeded.stream()
                .map(run -> metric == null ? null : run.beatTrivialAt(metric))
                .map(at -> at == null ? Double.POSITIVE_INFINITY : (double) at)
                .sorted()
                .toList();
        return new CellResult(
                variant.variant(),
                variant.cell(),
                variant.hiddenSize(),
                weights(own).orElse(variant.weights()),
                variant.parameters(),
                own.stream().map(run -> seed(run, metric)).toList(),
                MeanInterval.of(results),
                reference.isEmpty() || metric == null ? null : PairedComparison.of(compared, against),
                excluded,
                median(beaten),
                (int) beaten.stream().filter(at -> at.isInfinite()).count(),
                MeanInterval.of(secondsPerUpdate(succeeded)).mean());
    }

    private static String reason(Run run, @Nullable Double result, Run partner, @Nullable Double other) {
        String own = result == null ? run.variant() + " " + run.missing() : "";
        String its = other == null ? partner.variant() + " " + partner.missing() : "";
        return own + (own.isEmpty() || its.isEmpty() ? "" : " and ") + its;
    }

    private static Optional<Long> weights(List<Run> runs) {
        return runs.stream()
                .flatMap(run -> Optional.ofNullable(run.findings()).stream())
                .map(JobFindings::weights)
                .findFirst();
    }

    private static List<Double> secondsPerUpdate(List<Run> runs) {
        return runs.stream()
                .flatMap(run -> Optional.ofNullable(run.findings()).stream())
                .map(JobFindings::secondsPerUpdate)
                .filter(Objects::nonNull)
                .toList();
    }

    private static @Nullable Double median(List<Double> sorted) {
        if (sorted.isEmpty()) {
            return null;
        }
        int n = sorted.size();
        double median = (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
        return Double.isInfinite(median) ? null : median;
    }

    private static SeedResult seed(Run run, JobFindings.@Nullable Metric metric) {
        JobFindings findings = run.findings();
        JobError error = run.job().error();
        return new SeedResult(
                run.seed(),
                run.job().id(),
                run.job().status(),
                run.diverged(),
                run.job().engine(),
                metric == null ? null : run.result(metric),
                findings == null ? null : findings.updates(),
                metric == null ? null : run.beatTrivialAt(metric),
                findings == null ? null : findings.secondsPerUpdate(),
                error != null ? error.detail() : run.job().status() == JobStatus.CANCELLED ? "it was cancelled" : null);
    }
}
