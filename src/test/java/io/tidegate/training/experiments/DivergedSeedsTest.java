package io.tidegate.training.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.training.experiments.ExperimentRequest.Match;
import io.tidegate.training.experiments.ExperimentRequest.Variant;
import io.tidegate.training.experiments.Report.CellResult;
import io.tidegate.training.jobs.Job;
import io.tidegate.training.jobs.JobError;
import io.tidegate.training.jobs.JobEvent;
import io.tidegate.training.jobs.JobFindings;
import io.tidegate.training.jobs.JobRequest;
import io.tidegate.training.jobs.JobStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class DivergedSeedsTest {

    private static final JobFindings FINDINGS =
            new JobFindings(new JobFindings.Metric("mse", false, 0.167), 100, 20, 0.01, List.of(), null);
    private static final JobError DIVERGED =
            new JobError("urn:tidegate:problem:diverged", "The training diverged", "loss <NaN> at update 7");

    /** Validated at updates 0, 10 and 20: the trivial 0.167 is beaten at 20 or not at all. */
    private static Run run(String cell, long seed, JobStatus status, double mse) {
        return run(cell, seed, status, mse, "fused/3");
    }

    private static Run run(String cell, long seed, JobStatus status, double mse, String engine) {
        boolean succeeded = status == JobStatus.SUCCEEDED;
        Job job = new Job(
                cell + seed,
                seed,
                new JobRequest("adding", "m-" + cell, cell, seed, null, new TreeMap<>(), null, null),
                status,
                null,
                1,
                null,
                engine,
                1,
                0,
                new Job.Progress(1, 20, 20, 1, 0.0),
                new TreeMap<>(succeeded ? Map.of("test.mse", mse) : Map.of()),
                null,
                status == JobStatus.FAILED ? DIVERGED : null,
                "x",
                Instant.EPOCH,
                1);
        List<JobEvent.Point> curve = List.of(point(0, 0.5), point(10, 0.2), point(20, mse));
        return new Run(cell, job, succeeded ? FINDINGS : null, curve);
    }

    private static JobEvent.Point point(long step, double mse) {
        return new JobEvent.Point(0, step, "validation", new TreeMap<>(Map.of("mse", mse)));
    }

    private static Variant variant(String cell, long weights) {
        return new Variant(cell, cell, 4, weights, Map.of());
    }

    private static Report report(List<Run> runs) {
        ExperimentRequest request = new ExperimentRequest(
                "adding",
                List.of(variant("lstm", 100), variant("wm", 160)),
                "lstm",
                List.of(1L, 2L, 3L),
                Match.HIDDEN,
                JsonMapper.shared().createObjectNode(),
                null,
                null,
                "m");
        return Reports.report(new Experiment("x", 1, request, Instant.EPOCH), runs);
    }

    private static List<Run> runs(JobStatus last) {
        return List.of(
                run("lstm", 1, JobStatus.SUCCEEDED, 0.30),
                run("wm", 1, JobStatus.SUCCEEDED, 0.10),
                run("lstm", 2, JobStatus.SUCCEEDED, 0.32),
                run("wm", 2, JobStatus.SUCCEEDED, 0.13),
                run("lstm", 3, JobStatus.SUCCEEDED, 0.12),
                run("wm", 3, last, 0.11));
    }

    @Test
    void aPairWithADivergedSeedIsLeftOutAndNamed() {
        Report report = report(runs(JobStatus.FAILED));
        CellResult wm = report.cells().get(1);
        assertThat(wm.comparison().differences()).hasSize(2);
        assertThat(wm.result().n()).isEqualTo(2);
        assertThat(wm.excluded()).containsExactly(new Report.Excluded(3, "wm diverged"));
        assertThat(report.conclusions().getFirst()).endsWith("Left out: seed 3 (wm diverged).");
        assertThat(report.notes()).anyMatch(note -> note.contains("wm with seed 3 diverged"));
        assertThat(report.progress().text())
                .isEqualTo(
                        "All 6 jobs have ended: 5 succeeded, 1 diverged, 0 failed otherwise or were" + " cancelled.");
        assertThat(ReportPage.of(report)).contains("DIVERGED", "loss &lt;NaN&gt; at update 7");
    }

    @Test
    void theEngineIsNamedAndSoAreThoseThatDiffer() {
        assertThat(report(runs(JobStatus.SUCCEEDED)).notes()).contains("Trained on the engine fused/3.");
        Report report = report(List.of(
                run("lstm", 1, JobStatus.SUCCEEDED, 0.30),
                run("wm", 1, JobStatus.SUCCEEDED, 0.10, "nd4j/2"),
                run("wm", 2, JobStatus.QUEUED, 0.10, null)));
        assertThat(report.notes())
                .anyMatch(note -> note.startsWith("Trained on different engines")
                        && note.endsWith("fused/3 (lstm with seed 1); nd4j/2 (wm with seed 1)."));
        assertThat(report.cells().get(1).seeds().getFirst().engine()).isEqualTo("nd4j/2");
    }

    @Test
    void aRunningExperimentSaysHowMuchIsIn() {
        Report report = report(runs(JobStatus.RUNNING));
        assertThat(report.progress().text()).startsWith("5 of 6 jobs have ended");
        assertThat(report.conclusions().getFirst())
                .startsWith("wm against lstm, so far: ")
                .endsWith("Left out: seed 3 (wm is running).");
    }

    @Test
    void aRunThatNeverBeatsTheTrivialBaselineCountsAsLast() {
        Report report = report(runs(JobStatus.SUCCEEDED));
        CellResult lstm = report.cells().get(0), wm = report.cells().get(1);
        assertThat(lstm.neverBeatTrivial()).isEqualTo(2);
        assertThat(lstm.medianUpdatesToBeatTrivial()).isNull();
        assertThat(wm.neverBeatTrivial()).isZero();
        assertThat(wm.medianUpdatesToBeatTrivial()).isEqualTo(20);
    }

    @Test
    void anUntrainedNetworksLuckDoesNotCount() {
        Run lucky = new Run(
                "wm", run("wm", 1, JobStatus.SUCCEEDED, 0.1).job(), FINDINGS, List.of(point(0, 0.01), point(20, 0.12)));
        Report report = report(List.of(run("lstm", 1, JobStatus.SUCCEEDED, 0.1), lucky));
        assertThat(report.cells().get(1).medianUpdatesToBeatTrivial()).isEqualTo(20);
    }
}
