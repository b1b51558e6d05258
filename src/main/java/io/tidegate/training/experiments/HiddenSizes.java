package io.tidegate.training.experiments;

import io.tidegate.core.cell.CellType;
import io.tidegate.training.experiments.ExperimentRequest.Match;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntToLongFunction;

/**
 * The hidden size of each cell: the same for all, or such that all have about as many weights.
 *
 * @param weights of a cell's network by its hidden size, rising
 */
record HiddenSizes(Function<CellType, IntToLongFunction> weights) {

    private static final int LARGEST = 4096;

    /** @param given the size of all, or of the cell that the others are matched to: wm, or else the one with most weights */
    Map<CellType, Integer> of(List<CellType> cells, Match match, int given) {
        Map<CellType, Integer> sizes = new LinkedHashMap<>();
        if (match == Match.HIDDEN) {
            cells.forEach(cell -> sizes.put(cell, given));
            return sizes;
        }
        CellType matched = cells.contains(CellType.WM)
                ? CellType.WM
                : cells.stream()
                        .max(Comparator.comparingLong(
                                cell -> weights.apply(cell).applyAsLong(given)))
                        .orElseThrow();
        long target = weights.apply(matched).applyAsLong(given);
        cells.forEach(cell -> sizes.put(cell, cell == matched ? given : nearest(weights.apply(cell), target)));
        return sizes;
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
