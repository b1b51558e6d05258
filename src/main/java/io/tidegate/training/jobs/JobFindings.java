package io.tidegate.training.jobs;

import io.tidegate.core.network.Weights;
import io.tidegate.core.train.GateAnalysis;
import io.tidegate.core.train.GradientFlow;
import io.tidegate.training.recipe.Plan;
import io.tidegate.training.recipe.TaskMetric;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a job that succeeded has found out, for whoever compares it with others.
 *
 * @param metric its task's
 * @param weights how many
 * @param updates done
 * @param secondsPerUpdate mean on its last worker, validations left out; null where that made none
 * @param layers the gates of the best weights, by direction; empty for a network that can't be analysed
 * @param gradients over time, with the best weights; null likewise
 */
public record JobFindings(
        Metric metric,
        long weights,
        long updates,
        @Nullable Double secondsPerUpdate,
        List<Layer> layers,
        @Nullable GradientFlow gradients) {

    /** @param trivial what one gets without learning anything */
    public record Metric(String name, boolean higherIsBetter, double trivial) {

        public boolean beatsTrivial(double value) {
            return higherIsBetter ? value > trivial : value < trivial;
        }
    }

    /**
     * One direction of a layer.
     *
     * @param name {@code l0}, or {@code l0r} for a reverse direction
     * @param gates i, f and o
     */
    public record Layer(String name, Map<String, Gate> gates, GateAnalysis.OverTime overTime) {
        public Layer {
            gates = new TreeMap<>(gates);
        }
    }

    /** @see GateAnalysis.Gate */
    public record Gate(
            double closed,
            double open,
            long[] histogram,
            @Nullable Double memory,
            double recurrent) {

        static Gate of(GateAnalysis.Gate gate) {
            Double memory = gate.memory().isPresent() ? gate.memory().getAsDouble() : null;
            return new Gate(gate.closed(), gate.open(), gate.histogram(), memory, gate.recurrent());
        }
    }

    static JobFindings of(Plan plan, Weights best, long updates, @Nullable Double secondsPerUpdate) {
        TaskMetric metric = plan.metric();
        return new JobFindings(
                new Metric(metric.name(), metric.higherIsBetter(), metric.trivial()),
                best.values().length,
                updates,
                secondsPerUpdate,
                plan.gates(best).stream().map(JobFindings::layer).toList(),
                plan.gradientFlow(best).orElse(null));
    }

    private static Layer layer(GateAnalysis of) {
        Map<String, Gate> gates = new TreeMap<>();
        of.gates().forEach((name, gate) -> gates.put(name, Gate.of(gate)));
        return new Layer(of.name(), gates, of.overTime());
    }
}
