package io.tidegate.training.experiments;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Holm's step-down correction (1979): the k-th smallest of m p-values times m − k + 1, never falling, at most 1. */
final class Holm {

    private Holm() {}

    /** @param p null where a test couldn't be made: it counts as no comparison */
    static List<@Nullable Double> corrected(List<@Nullable Double> p) {
        List<@Nullable Double> corrected = new ArrayList<>(p);
        List<Integer> order = IntStream.range(0, p.size())
                .boxed()
                .filter(k -> p.get(k) != null)
                .sorted(Comparator.comparingDouble(k -> value(p, k)))
                .toList();
        double largest = 0;
        for (int rank = 0; rank < order.size(); rank++) {
            int k = order.get(rank);
            largest = Math.max(largest, Math.min(1, value(p, k) * (order.size() - rank)));
            corrected.set(k, largest);
        }
        return corrected;
    }

    private static double value(List<@Nullable Double> p, int k) {
        Double value = p.get(k);
        return value == null ? 1 : value;
    }
}
