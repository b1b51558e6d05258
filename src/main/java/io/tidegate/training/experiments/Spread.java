package io.tidegate.training.experiments;

import io.tidegate.training.jobs.JobEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Lines of several seeds as one line with a band. */
final class Spread {

    /** Points of a line at most; where there are more, neighbours become their mean. */
    static final int MOST_POINTS = 100;

    private Spread() {}

    /** A run's points by updates done; where several names are given, their mean. */
    static NavigableMap<Double, Double> curve(Run run, String split, List<String> names) {
        NavigableMap<Double, Double> line = new TreeMap<>();
        for (JobEvent.Point point : run.curve()) {
            Map<String, Double> values = point.values();
            if (point.split().equals(split) && values.keySet().containsAll(names)) {
                double sum = names.stream().mapToDouble(values::get).sum();
                line.put((double) point.step(), sum / names.size());
            }
        }
        return line;
    }

    /** Values over time, each at the first of the steps that it stands for. */
    static NavigableMap<Double, Double> steps(int stepsPerPoint, double @Nullable [] values) {
        NavigableMap<Double, Double> line = new TreeMap<>();
        for (int k = 0; values != null && k < values.length; k++) {
            line.put((double) k * stepsPerPoint, values[k]);
        }
        return line;
    }

    /** @param positive leaves out what has no logarithm */
    static List<Chart.Point> of(List<NavigableMap<Double, Double>> lines, boolean positive) {
        double end = lines.stream()
                .filter(line -> !line.isEmpty())
                .mapToDouble(line -> line.lastEntry().getKey())
                .max()
                .orElse(0);
        boolean dense = lines.stream().anyMatch(line -> line.size() > MOST_POINTS);
        NavigableMap<Double, List<Double>> seeds = new TreeMap<>();
        for (NavigableMap<Double, Double> line : lines) {
            NavigableMap<Double, List<Double>> own = new TreeMap<>();
            line.forEach((x, y) -> own.computeIfAbsent(dense ? binned(x, end) : x, _ -> new ArrayList<>())
                    .add(y));
            own.forEach((x, values) -> {
                double mean = mean(values);
                if (Double.isFinite(mean) && !(positive && mean <= 0)) {
                    seeds.computeIfAbsent(x, _ -> new ArrayList<>()).add(mean);
                }
            });
        }
        List<Chart.Point> points = new ArrayList<>();
        seeds.forEach((x, values) -> points.add(new Chart.Point(
                x,
                mean(values),
                values.stream().mapToDouble(Double::doubleValue).min().orElseThrow(),
                values.stream().mapToDouble(Double::doubleValue).max().orElseThrow(),
                values.size())));
        return points;
    }

    /** The middle of the bin that x falls into. */
    private static double binned(double x, double end) {
        double width = end / MOST_POINTS;
        return (Math.min(MOST_POINTS - 1.0, Math.floor(x / width)) + 0.5) * width;
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).sum() / values.size();
    }
}
