package io.tidegate.training.experiments;

import io.tidegate.training.experiments.Report.CellResult;
import io.tidegate.training.experiments.Report.Excluded;
import io.tidegate.training.jobs.JobFindings.Metric;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says what numbers show, and never more. */
final class Wording {

    private static final double LEVEL = 0.05;

    private Wording() {}

    /**
     * What a comparison shows.
     *
     * @param comparisons in the whole experiment
     * @param underWay whether more results are to come
     */
    static String conclusion(
            CellResult cell, String reference, @Nullable Metric metric, int comparisons, boolean underWay) {
        PairedComparison comparison = cell.comparison();
        String of = cell.variant() + " against " + reference + (underWay ? ", so far: " : ": ");
        if (metric == null || comparison == null || comparison.pairs() < 2) {
            int pairs = comparison == null ? 0 : comparison.pairs();
            return of + "too few pairs of seeds to compare (" + pairs + ", at least 2 are needed)."
                    + leftOut(cell.excluded());
        }
        return of + shown(cell.variant(), reference, metric, comparison, comparisons) + leftOut(cell.excluded());
    }

    private static String shown(String cell, String reference, Metric metric, PairedComparison c, int comparisons) {
        String figures = figures(c, comparisons);
        String name = "test " + metric.name();
        Double mean = c.difference().mean(), p = c.tTestHolmP();
        if (mean == null || c.tTestP() == null) {
            return "no difference was shown in " + name + ": all differences are the same (" + number(mean)
                    + "), so that nothing can be tested.";
        }
        if (!c.intervalExcludesZero()) {
            return "no difference was shown in " + name + "; the interval spans zero (" + figures + ").";
        }
        if (p == null || p > LEVEL) {
            return "no difference was shown in " + name
                    + "; the interval of this comparison alone leaves out zero, but not after the correction for "
                    + comparisons + " comparisons (" + figures + ").";
        }
        boolean better = mean > 0 == metric.higherIsBetter();
        return cell + " has the " + (mean > 0 ? "higher " : "lower ") + name + ", which is "
                + (better ? "better" : "worse") + " than " + reference + " (" + figures + ").";
    }

    private static String figures(PairedComparison c, int comparisons) {
        MeanInterval d = c.difference();
        return "mean difference " + number(d.mean()) + ", 95 % interval " + number(d.lower()) + " to "
                + number(d.upper()) + ", " + c.pairs() + " pairs, paired t-test " + p(c.tTestP())
                + (comparisons > 1 ? ", after Holm's correction " + p(c.tTestHolmP()) : "")
                + "; Wilcoxon " + p(c.wilcoxonP())
                + (c.wilcoxonP() == null || c.wilcoxonExact() ? "" : ", by the normal approximation");
    }

    private static String leftOut(List<Excluded> excluded) {
        return excluded.isEmpty()
                ? ""
                : " Left out: "
                        + excluded.stream()
                                .map(each -> "seed " + each.seed() + " (" + each.reason() + ")")
                                .collect(Collectors.joining(", "))
                        + ".";
    }

    static String p(@Nullable Double p) {
        return p == null ? "not defined" : p < 1e-4 ? "p < 0.0001" : String.format(Locale.ROOT, "p = %.4f", p);
    }

    /** Four significant digits. */
    static String number(@Nullable Double value) {
        if (value == null) {
            return "–";
        }
        return value == Math.rint(value) && Math.abs(value) < 1e6
                ? String.valueOf(value.longValue())
                : String.format(Locale.ROOT, "%.4g", value);
    }
}
