package io.tidegate.training.experiments;

import io.tidegate.training.experiments.ExperimentRequest.Match;
import io.tidegate.training.experiments.Report.CellResult;
import io.tidegate.training.experiments.Report.SeedResult;
import io.tidegate.training.jobs.JobFindings.Metric;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a reader must know to read a report's numbers right. */
final class Notes {

    private Notes() {}

    static List<String> of(ExperimentRequest request, List<CellResult> cells, @Nullable Metric metric) {
        List<String> notes = new ArrayList<>();
        if (metric != null) {
            notes.add("Compared is " + metric.name()
                    + " on the test data, of the weights with the lowest validation loss; "
                    + (metric.higherIsBetter() ? "higher" : "lower") + " is better. Learning nothing gives "
                    + Wording.number(metric.trivial()) + ".");
        }
        boolean variants = cells.stream().anyMatch(cell -> !cell.variant().equals(cell.cell()));
        notes.add("Every cell was given the same seeds, data, order of the data and number of updates, and "
                + (request.match() == Match.HIDDEN
                        ? "the same hidden size: the cells differ in their number of weights"
                        : "a hidden size that makes the number of weights as nearly equal as can be")
                + (variants ? "; but for what variants say of themselves." : "."));
        notes.add(
                "No settings were searched for any cell: another learning rate or length of training may order the cells"
                        + " otherwise.");
        notes.add(
                "Intervals are Student's, of a mean over seeds; differences are of runs with the same seed. They tell of"
                        + " other seeds on these data, not of other data.");
        cells.stream()
                .map(CellResult::comparison)
                .filter(comparison ->
                        comparison != null && comparison.pairs() >= 2 && comparison.smallestWilcoxonP() > 0.01)
                .mapToInt(comparison -> comparison == null ? 0 : comparison.pairs())
                .distinct()
                .forEach(pairs -> notes.add("With " + pairs + " pairs the exact Wilcoxon test can't give a p below "
                        + Wording.number(Math.scalb(2.0, -pairs)) + ", before any correction."));
        unfinished(cells, notes);
        engines(cells, notes);
        notes.add("Time per update is this machine's, shared with whatever else ran on it: no benchmark.");
        return notes;
    }

    private static void engines(List<CellResult> cells, List<String> notes) {
        Map<String, List<String>> runs = new LinkedHashMap<>();
        for (CellResult cell : cells) {
            for (SeedResult seed : cell.seeds()) {
                if (seed.engine() != null) {
                    runs.computeIfAbsent(seed.engine(), _ -> new ArrayList<>())
                            .add(cell.variant() + " with seed " + seed.seed());
                }
            }
        }
        if (runs.size() == 1) {
            notes.add("Trained on the engine " + runs.keySet().iterator().next() + ".");
        } else if (runs.size() > 1) {
            notes.add(
                    "Trained on different engines, which compute the same equations to other last bits, so that pairs are of"
                            + " unlike runs: "
                            + runs.entrySet().stream()
                                    .map(each -> each.getKey() + " (" + String.join(", ", each.getValue()) + ")")
                                    .collect(Collectors.joining("; "))
                            + ".");
        }
    }

    private static void unfinished(List<CellResult> cells, List<String> notes) {
        List<String> named = new ArrayList<>();
        cells.forEach(cell -> cell.seeds().stream()
                .filter(seed -> seed.problem() != null)
                .forEach(seed -> named.add(cell.variant() + " with seed " + seed.seed() + " "
                        + (seed.diverged() ? "diverged" : "has no result") + " (" + seed.problem() + ")")));
        if (!named.isEmpty()) {
            notes.add("Without a result: " + String.join("; ", named)
                    + ". Means and comparisons leave these out, which flatters a cell that diverges.");
        }
    }
}
