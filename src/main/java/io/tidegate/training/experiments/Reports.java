package io.tidegate.training.experiments;

import io.tidegate.training.experiments.ExperimentRequest.Variant;
import io.tidegate.training.experiments.Report.CellResult;
import io.tidegate.training.jobs.JobFindings;
import io.tidegate.training.jobs.JobStatus;
import io.tidegate.training.jobs.JobStore;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Reports of experiments, made anew from what the database has of their jobs, also while they run. */
public final class Reports {

    private final ExperimentStore store;
    private final JobStore jobs;

    Reports(ExperimentStore store, JobStore jobs) {
        this.store = store;
        this.jobs = jobs;
    }

    public Report report(String id) {
        Experiment experiment = store.experiment(id);
        return report(experiment, runs(experiment));
    }

    /** Every number that the report is made of, a row each. */
    public String csv(String id) {
        return ReportCsv.of(runs(store.experiment(id)));
    }

    /** A page that stands alone. */
    public String html(String id) {
        return ReportPage.of(report(id));
    }

    private List<Run> runs(Experiment experiment) {
        ExperimentRequest request = experiment.request();
        Map<String, String> variants =
                request.cells().stream().collect(Collectors.toMap(request::model, Variant::variant));
        return jobs.ofExperiment(experiment.id()).stream()
                .map(job -> new Run(
                        Objects.requireNonNull(variants.get(job.request().model())),
                        job,
                        jobs.findings(job.id()).orElse(null),
                        jobs.points(job.id())))
                .toList();
    }

    static Report report(Experiment experiment, List<Run> runs) {
        ExperimentRequest request = experiment.request();
        JobFindings.Metric metric = runs.stream()
                .flatMap(run -> Optional.ofNullable(run.findings()).stream())
                .map(JobFindings::metric)
                .findFirst()
                .orElse(null);
        List<Run> reference = of(runs, request.comparedTo());
        List<CellResult> cells = Corrected.of(request.cells().stream()
                .map(cell -> CellSummary.of(
                        cell,
                        of(runs, cell.variant()),
                        cell.variant().equals(request.comparedTo()) ? List.of() : reference,
                        metric))
                .toList());
        Report.Progress progress = progress(runs);
        int comparisons = request.cells().size() - 1;
        boolean underWay = progress.ended() < progress.jobs();
        return new Report(
                experiment.id(),
                request.recipe(),
                request.preset(),
                request.dataset(),
                JsonMapper.shared().convertValue(request.parameters(), new TypeReference<Map<String, Object>>() {}),
                request.match(),
                request.comparedTo(),
                progress,
                metric,
                cells.stream()
                        .filter(cell -> !cell.variant().equals(request.comparedTo()))
                        .map(cell -> Wording.conclusion(cell, request.comparedTo(), metric, comparisons, underWay))
                        .toList(),
                Notes.of(request, cells, metric),
                cells,
                Charts.of(request, runs, metric));
    }

    private static List<Run> of(List<Run> runs, String variant) {
        return runs.stream().filter(run -> run.variant().equals(variant)).toList();
    }

    private static Report.Progress progress(List<Run> runs) {
        int ended =
                (int) runs.stream().filter(run -> run.job().status().isFinal()).count();
        int succeeded = (int) runs.stream()
                .filter(run -> run.job().status() == JobStatus.SUCCEEDED)
                .count();
        int diverged = (int) runs.stream().filter(Run::diverged).count();
        String text = ended == runs.size()
                ? "All " + runs.size() + " jobs have ended: " + succeeded + " succeeded, " + diverged + " diverged, "
                        + (ended - succeeded - diverged) + " failed otherwise or were cancelled."
                : ended + " of " + runs.size() + " jobs have ended, " + succeeded
                        + " of them succeeded; the rest is still" + " to come.";
        return new Report.Progress(runs.size(), ended, succeeded, diverged, text);
    }
}
