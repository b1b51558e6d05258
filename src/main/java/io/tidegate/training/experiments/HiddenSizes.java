package io.tidegate.training.experiments;

import io.tidegate.core.cell.CellType;
import io.tidegate.training.experiments.ExperimentRequest.Match;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntToLongFunction;

/** Hidden sizes: the same for all, or such that all have about as many weights. */
final class HiddenSizes {

    /** The recipes' parameter. */
    static final String PARAMETER = "hiddenSize";

    private static final int LARGEST = 4096;

    private HiddenSizes() {}

    /**
     * @param weights of its network by its hidden size, rising
     * @param given its hidden size unless it is matched
     */
    record Sized(CellType cell, Match match, int given, IntToLongFunction weights) {}

    /** Of each, in their order. Those to be matched are matched to wm, or else to the one with most weights, as given. */
    static List<Integer> of(List<Sized> all) {
        long target = all.stream()
                .filter(each -> each.cell() == CellType.WM)
                .findFirst()
                .or(() -> all.stream().max(Comparator.comparingLong(HiddenSizes::unmatched)))
                .map(HiddenSizes::unmatched)
                .orElseThrow();
        return all.stream()
                .map(each -> each.match() == Match.HIDDEN ? each.given() : nearest(each.weights(), target))
                .toList();
    }

    private static long unmatched(Sized each) {
        return each.weights().applyAsLong(each.given());
    }

    /** The size whose count is nearest to the target; the smaller of two that are as near. */
    private static int nearest(IntToLongFunction count, long target) {
        int low = 1, high = LARGEST; // the first size in here with at least the target, or the largest
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (count.applyAsLong(middle) >= target) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        boolean belowIsNearer = low > 1 && target - count.applyAsLong(low - 1) <= count.applyAsLong(low) - target;
        return belowIsNearer ? low - 1 : low;
    }
}
