package io.tidegate.training.experiments;

import io.tidegate.training.experiments.Report.CellResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An experiment's comparisons, corrected for one another by Holm's method, the two tests each by themselves. */
final class Corrected {

    private Corrected() {}

    static List<CellResult> of(List<CellResult> cells) {
        List<@Nullable Double> tTest = Holm.corrected(each(cells, PairedComparison::tTestP));
        List<@Nullable Double> wilcoxon = Holm.corrected(each(cells, PairedComparison::wilcoxonP));
        List<CellResult> corrected = new ArrayList<>();
        for (int k = 0; k < cells.size(); k++) {
            corrected.add(with(cells.get(k), tTest.get(k), wilcoxon.get(k)));
        }
        return corrected;
    }

    private static List<@Nullable Double> each(
            List<CellResult> cells, Function<PairedComparison, @Nullable Double> test) {
        List<@Nullable Double> all = new ArrayList<>();
        for (CellResult cell : cells) {
            PairedComparison comparison = cell.comparison();
            all.add(comparison == null ? null : test.apply(comparison));
        }
        return all;
    }

    private static CellResult with(CellResult cell, @Nullable Double tTest, @Nullable Double wilcoxon) {
        PairedComparison comparison = cell.comparison();
        return new CellResult(
                cell.variant(),
                cell.cell(),
                cell.hiddenSize(),
                cell.weights(),
                cell.parameters(),
                cell.seeds(),
                cell.result(),
                comparison == null ? null : comparison.corrected(tTest, wilcoxon),
                cell.excluded(),
                cell.medianUpdatesToBeatTrivial(),
                cell.neverBeatTrivial(),
                cell.secondsPerUpdate());
    }
}
