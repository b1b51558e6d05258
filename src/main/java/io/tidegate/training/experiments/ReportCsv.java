package io.tidegate.training.experiments;

import io.tidegate.training.jobs.JobEvent;
import io.tidegate.training.jobs.JobFindings;
import io.tidegate.training.jobs.JobStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.TreeMap;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.jspecify.annotations.Nullable;

/**
 * The numbers behind a report, a row each. {@code split} is {@code result} for a run's figures, {@code analysis} for those over
 * time and histograms of its best weights (step: time step or bin), and the curve's own for its points (step: updates done).
 */
final class ReportCsv {

    private final CSVPrinter out;
    private final Run run;

    private ReportCsv(CSVPrinter out, Run run) {
        this.out = out;
        this.run = run;
    }

    static String of(List<Run> runs) {
        StringBuilder text = new StringBuilder();
        CSVFormat format = CSVFormat.RFC4180
                .builder()
                .setHeader("variant", "cell", "seed", "split", "step", "name", "value")
                .get();
        try (CSVPrinter out = new CSVPrinter(text, format)) {
            for (Run run : runs) {
                new ReportCsv(out, run).write();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private void write() throws IOException {
        result("succeeded", run.job().status() == JobStatus.SUCCEEDED ? 1.0 : 0.0);
        result("ended", run.job().status().isFinal() ? 1.0 : 0.0);
        result("diverged", run.diverged() ? 1.0 : 0.0);
        JobFindings findings = run.findings();
        if (findings != null) {
            result("trivial." + findings.metric().name(), findings.metric().trivial());
            result("weights", (double) findings.weights());
            result("updates", (double) findings.updates());
            if (findings.secondsPerUpdate() != null) {
                result("secondsPerUpdate", findings.secondsPerUpdate());
            }
            for (var metric : run.job().metrics().entrySet()) {
                result(metric.getKey(), metric.getValue());
            }
            analysis(findings);
        }
        for (JobEvent.Point point : run.curve()) {
            for (var value : point.values().entrySet()) {
                row(point.split(), point.step(), value.getKey(), value.getValue());
            }
        }
    }

    private void analysis(JobFindings findings) throws IOException {
        if (findings.gradients() != null) {
            over(
                    findings.gradients().stepsPerPoint(),
                    "gradient.h",
                    findings.gradients().h());
            over(
                    findings.gradients().stepsPerPoint(),
                    "gradient.c",
                    findings.gradients().c());
        }
        for (JobFindings.Layer layer : findings.layers()) {
            int per = layer.overTime().stepsPerPoint();
            over(per, "cell." + layer.name(), layer.overTime().cell());
            over(per, "memory." + layer.name(), layer.overTime().memory());
            over(per, "recurrent." + layer.name(), layer.overTime().recurrent());
            for (var gate : new TreeMap<>(layer.gates()).entrySet()) {
                long[] histogram = gate.getValue().histogram();
                for (int bin = 0; bin < histogram.length; bin++) {
                    row("analysis", (long) bin, "histogram." + layer.name() + "." + gate.getKey(), (double)
                            histogram[bin]);
                }
            }
        }
    }

    private void over(int stepsPerPoint, String name, double @Nullable [] values) throws IOException {
        for (int k = 0; values != null && k < values.length; k++) {
            row("analysis", (long) k * stepsPerPoint, name, values[k]);
        }
    }

    private void result(String name, double value) throws IOException {
        row("result", null, name, value);
    }

    private void row(String split, @Nullable Long step, String name, double value) throws IOException {
        out.printRecord(run.variant(), run.job().request().cell(), run.seed(), split, step, name, value);
    }
}
