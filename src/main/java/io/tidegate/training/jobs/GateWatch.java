package io.tidegate.training.jobs;

import io.tidegate.core.network.Weights;
import io.tidegate.core.train.GateAnalysis;
import io.tidegate.training.recipe.Plan;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Looks at the gates while a network learns: before the first update, after the last epoch, and in between at most every 5 s
 * and never for more than a thirtieth of the time, so that a training hardly notices.
 */
final class GateWatch {

    private static final long EVERY = Duration.ofSeconds(5).toNanos();

    private static final int SHARE = 30;

    private final Plan plan;
    private final LongSupplier nanoTime;
    private long next;

    GateWatch(Plan plan, LongSupplier nanoTime) {
        this.plan = plan;
        this.nanoTime = nanoTime;
        this.next = nanoTime.getAsLong() + EVERY;
    }

    /**
     * @param certainly now, whenever the last look was
     * @return points of the curve; empty where it isn't time, or the network has no gates that can be seen
     */
    Optional<SortedMap<String, Double>> look(Weights weights, boolean certainly) {
        long from = nanoTime.getAsLong();
        if (!certainly && from < next) {
            return Optional.empty();
        }
        List<GateAnalysis> directions = plan.gates(weights);
        long to = nanoTime.getAsLong();
        next = to + Math.max(EVERY, SHARE * (to - from));
        return directions.isEmpty() ? Optional.empty() : Optional.of(points(directions));
    }

    /** Names end in the layer's and the gate's: {@code gates.l0.i.closed}; a reverse direction's layer is {@code l0r}. */
    private static SortedMap<String, Double> points(List<GateAnalysis> directions) {
        SortedMap<String, Double> points = new TreeMap<>();
        for (GateAnalysis direction : directions) {
            String layer = direction.name();
            direction.gates().forEach((name, gate) -> {
                points.put("gates." + layer + "." + name + ".closed", gate.closed());
                points.put("gates." + layer + "." + name + ".open", gate.open());
                points.put("recurrent." + layer + "." + name, gate.recurrent());
                gate.memory().ifPresent(term -> points.put("memory." + layer + "." + name, term));
            });
        }
        return points;
    }
}
