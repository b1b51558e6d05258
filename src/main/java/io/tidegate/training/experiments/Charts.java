package io.tidegate.training.experiments;

import io.tidegate.core.train.GateAnalysis;
import io.tidegate.training.experiments.Chart.Series;
import io.tidegate.training.jobs.JobFindings;
import io.tidegate.training.jobs.JobFindings.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A report's charts, those without a point left out. */
final class Charts {

    private static final String UPDATES = "updates",
            STEPS = "time step",
            BAND = " Line: mean over seeds; band: least to largest.";

    private final List<String> variants;
    private final List<Run> runs;
    private final List<Chart> charts = new ArrayList<>();

    private Charts(List<String> variants, List<Run> runs) {
        this.variants = variants;
        this.runs = runs;
    }

    static List<Chart> of(ExperimentRequest request, List<Run> runs, JobFindings.@Nullable Metric metric) {
        Charts all = new Charts(
                request.cells().stream().map(ExperimentRequest.Variant::variant).toList(), runs);
        all.curve("training-loss", "Training loss", "loss", "Over each epoch.", "train", List.of("epoch.loss"));
        String name = metric == null ? "loss" : metric.name();
        all.curve("validation", "Validation " + name, name, "After each epoch.", "validation", List.of(name));
        all.log(
                "gradient-norm",
                "Gradient norm",
                "‖gradient‖",
                "Before clipping.",
                UPDATES,
                run -> Spread.curve(run, "train", List.of("gradientNorm")));
        all.log(
                "gradient-h",
                "How far back the loss reaches",
                "‖∂L/∂h_t‖",
                "Top layer, best weights.",
                STEPS,
                run -> gradients(run));
        all.layers();
        return all.charts;
    }

    private void layers() {
        TreeSet<String> names = new TreeSet<>();
        runs.forEach(run -> layers(run).forEach(layer -> names.add(layer.name())));
        for (String layer : names) {
            String in = ", layer " + layer;
            for (String gate : List.of("i", "f", "o")) {
                add(
                        "gate-" + layer + "-" + gate,
                        "Gate " + gate + in,
                        "share of activations",
                        "Best weights; bins of 0.05.",
                        "activation",
                        false,
                        run -> histogram(run, layer, gate));
            }
            curve(
                    "memory-" + layer,
                    "Size of the memory term" + in,
                    "mean |memory term|",
                    "Mean over the gates i, f, o.",
                    "validation",
                    Stream.of("i", "f", "o")
                            .map(gate -> "memory." + layer + "." + gate)
                            .toList());
            add(
                    "memory-steps-" + layer,
                    "The memory term over time" + in,
                    "mean |memory term|",
                    "Best weights.",
                    STEPS,
                    false,
                    run -> overTime(run, layer, GateAnalysis.OverTime::memory));
            add(
                    "cell-steps-" + layer,
                    "The cell state over time" + in,
                    "mean |c|",
                    "Best weights.",
                    STEPS,
                    false,
                    run -> overTime(run, layer, GateAnalysis.OverTime::cell));
        }
    }

    private void curve(String id, String title, String y, String about, String split, List<String> names) {
        add(id, title, y, about, UPDATES, false, run -> Spread.curve(run, split, names));
    }

    private void log(
            String id,
            String title,
            String y,
            String about,
            String x,
            Function<Run, NavigableMap<Double, Double>> line) {
        add(id, title, y, about, x, true, line);
    }

    private void add(
            String id,
            String title,
            String y,
            String about,
            String x,
            boolean logarithmic,
            Function<Run, NavigableMap<Double, Double>> line) {
        List<Series> series = variants.stream()
                .map(variant -> new Series(
                        variant,
                        Spread.of(
                                runs.stream()
                                        .filter(run -> run.variant().equals(variant))
                                        .map(line)
                                        .toList(),
                                logarithmic)))
                .filter(each -> !each.points().isEmpty())
                .toList();
        if (!series.isEmpty()) {
            charts.add(new Chart(id, title, about + BAND, x, y, logarithmic, series));
        }
    }

    private static NavigableMap<Double, Double> gradients(Run run) {
        JobFindings findings = run.findings();
        return findings == null || findings.gradients() == null
                ? new TreeMap<>()
                : Spread.steps(
                        findings.gradients().stepsPerPoint(),
                        findings.gradients().h());
    }

    private static NavigableMap<Double, Double> histogram(Run run, String layer, String gate) {
        NavigableMap<Double, Double> shares = new TreeMap<>();
        layer(run, layer)
                .map(of -> Objects.requireNonNull(of.gates().get(gate)).histogram())
                .ifPresent(bins -> {
                    double all = 0;
                    for (long bin : bins) {
                        all += (double) bin;
                    }
                    for (int k = 0; k < bins.length; k++) {
                        shares.put((k + 0.5) / bins.length, all == 0 ? 0 : (double) bins[k] / all);
                    }
                });
        return shares;
    }

    private static NavigableMap<Double, Double> overTime(
            Run run, String layer, Function<GateAnalysis.OverTime, double @Nullable []> values) {
        return layer(run, layer)
                .map(Layer::overTime)
                .map(time -> Spread.steps(time.stepsPerPoint(), values.apply(time)))
                .orElse(new TreeMap<>());
    }

    private static Optional<Layer> layer(Run run, String name) {
        return layers(run).stream().filter(layer -> layer.name().equals(name)).findFirst();
    }

    private static List<Layer> layers(Run run) {
        return run.findings() == null ? List.of() : run.findings().layers();
    }
}
