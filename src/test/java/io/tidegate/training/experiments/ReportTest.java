package io.tidegate.training.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.training.experiments.Report.CellResult;
import io.tidegate.training.experiments.Report.Excluded;
import io.tidegate.training.jobs.JobFindings.Metric;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Words follow the numbers. */
class ReportTest {

    private static final Metric ACCURACY = new Metric("accuracy", true, 0.1);
    private static final Metric ERROR = new Metric("mse", false, 0.167);
    private static final List<Double> ZEROS = List.of(0.0, 0.0, 0.0, 0.0, 0.0);
    private static final List<Double> ABOVE = List.of(0.5, 0.51, 0.52, 0.53, 0.55);

    private static String conclusion(Metric metric, List<Double> wm, List<Double> lstm, Excluded... excluded) {
        return conclusion(metric, wm, lstm, 1, excluded);
    }

    private static String conclusion(
            Metric metric, List<Double> wm, List<Double> lstm, int comparisons, Excluded... excluded) {
        PairedComparison comparison = PairedComparison.of(wm, lstm);
        Double p = comparison.tTestP();
        CellResult cell = new CellResult(
                "wm",
                "wm",
                8,
                100,
                Map.of(),
                List.of(),
                MeanInterval.of(wm),
                comparison.corrected(p == null ? null : Math.min(1, p * comparisons), comparison.wilcoxonP()),
                List.of(excluded),
                null,
                0,
                null);
        return Wording.conclusion(cell, "lstm", metric, comparisons, false);
    }

    @Test
    void anIntervalThatSpansZeroShowsNoDifference() {
        assertThat(conclusion(ACCURACY, List.of(-1.0, 1.0, 2.0, -2.0, 0.5), ZEROS))
                .startsWith("wm against lstm: no difference was shown in test accuracy; the interval spans zero")
                .doesNotContain("better")
                .doesNotContain("worse");
    }

    @Test
    void higherIsBetterOrWorseByTheMetric() {
        assertThat(conclusion(ACCURACY, ABOVE, ZEROS)).contains("higher test accuracy, which is better than lstm");
        assertThat(conclusion(ERROR, ABOVE, ZEROS)).contains("higher test mse, which is worse than lstm");
        assertThat(conclusion(ERROR, ZEROS, ABOVE)).contains("lower test mse, which is better than lstm");
        assertThat(conclusion(ACCURACY, ZEROS, ABOVE)).contains("lower test accuracy, which is worse than lstm");
    }

    @Test
    void whatTheCorrectionTakesAwayIsNotClaimed() {
        List<Double> barely = List.of(0.1, 0.5, 0.2, 0.9, 0.4);
        assertThat(conclusion(ACCURACY, barely, ZEROS, 1)).contains("better");
        assertThat(conclusion(ACCURACY, barely, ZEROS, 3))
                .contains("no difference was shown")
                .contains("not after the correction for 3 comparisons")
                .doesNotContain("better");
    }

    @Test
    void onePairIsTooFew() {
        assertThat(conclusion(ERROR, List.of(1.0), List.of(2.0), new Excluded(3, "lstm diverged")))
                .isEqualTo("wm against lstm: too few pairs of seeds to compare (1, at least 2 are needed)."
                        + " Left out: seed 3 (lstm diverged).");
    }

    @Test
    void divergedSeedsAreNamed() {
        assertThat(conclusion(ERROR, ABOVE, ZEROS, new Excluded(4, "wm diverged")))
                .endsWith("Left out: seed 4 (wm diverged).");
    }

    @Test
    void equalResultsAreNoDifference() {
        assertThat(conclusion(ERROR, ZEROS, ZEROS))
                .contains("no difference was shown")
                .contains("nothing can be tested");
    }

    @Test
    void chartsEscapeAndReachNoOtherPlace() {
        Chart chart = new Chart(
                "a",
                "<b>",
                "\"&",
                "x",
                "y",
                true,
                List.of(new Chart.Series(
                        "wm", List.of(new Chart.Point(0, 1, 0.5, 2, 3), new Chart.Point(1, 10, 1, 20, 3)))));
        assertThat(SvgChart.of(chart, List.of("wm")))
                .contains("<title id=\"a-title\">&lt;b&gt;</title>")
                .contains("wm goes from 1 to 10.")
                .doesNotContain("<b>")
                .doesNotContain("NaN")
                .doesNotContain("http");
    }
}
