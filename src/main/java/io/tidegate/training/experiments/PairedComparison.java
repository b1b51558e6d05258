package io.tidegate.training.experiments;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.statistics.inference.TTest;
import org.apache.commons.statistics.inference.WilcoxonSignedRankTest;
import org.jspecify.annotations.Nullable;

/**
 * A cell against the one it is compared to, by pairs that share a seed.
 *
 * @param differences cell minus reference, a pair each
 * @param difference their mean with its interval
 * @param tTestP of the paired t-test, two-sided; null where it can't be made: fewer than two pairs, or differences that don't vary
 * @param tTestHolmP the same after Holm's correction over the experiment's comparisons
 * @param wilcoxonP of the signed-rank test, two-sided; null with fewer than two pairs, or where all differences are zero
 * @param wilcoxonExact false where ties or zeros leave only the normal approximation
 * @param wilcoxonHolmP after Holm's correction
 * @param smallestWilcoxonP that the exact test can give with so many pairs: 2 / 2ⁿ
 */
public record PairedComparison(
        List<Double> differences,
        MeanInterval difference,
        @Nullable Double tTestP,
        @Nullable Double tTestHolmP,
        @Nullable Double wilcoxonP,
        boolean wilcoxonExact,
        @Nullable Double wilcoxonHolmP,
        double smallestWilcoxonP) {

    /** Values in the order of their pairs; not yet corrected for other comparisons. */
    static PairedComparison of(List<Double> cell, List<Double> reference) {
        List<Double> differences = new ArrayList<>();
        for (int k = 0; k < cell.size(); k++) {
            differences.add(cell.get(k) - reference.get(k));
        }
        double[] d = differences.stream().mapToDouble(Double::doubleValue).toArray();
        int n = d.length;
        boolean vary = differences.stream().distinct().count() > 1;
        boolean allZero = differences.stream().allMatch(each -> each == 0);
        Double tTest = vary ? TTest.withDefaults().test(d).getPValue() : null;
        WilcoxonSignedRankTest.Result wilcoxon =
                n < 2 || allZero ? null : WilcoxonSignedRankTest.withDefaults().test(d);
        return new PairedComparison(
                differences,
                MeanInterval.of(differences),
                tTest,
                tTest,
                wilcoxon == null ? null : wilcoxon.getPValue(),
                wilcoxon != null && !wilcoxon.hasTiedValues() && !wilcoxon.hasZeroValues(),
                wilcoxon == null ? null : wilcoxon.getPValue(),
                Math.min(1, Math.scalb(2.0, -n)));
    }

    PairedComparison corrected(@Nullable Double tTest, @Nullable Double wilcoxon) {
        return new PairedComparison(
                differences, difference, tTestP, tTest, wilcoxonP, wilcoxonExact, wilcoxon, smallestWilcoxonP);
    }

    int pairs() {
        return differences.size();
    }

    /** Whether the interval leaves zero on one side. */
    boolean intervalExcludesZero() {
        Double lower = difference.lower(), upper = difference.upper();
        return lower != null && upper != null && (lower > 0 || upper < 0);
    }
}
