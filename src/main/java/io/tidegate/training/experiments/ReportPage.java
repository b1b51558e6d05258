package io.tidegate.training.experiments;

import static org.springframework.web.util.HtmlUtils.htmlEscape;

import io.tidegate.training.experiments.ExperimentRequest.Match;
import io.tidegate.training.experiments.Report.CellResult;
import io.tidegate.training.experiments.Report.SeedResult;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A report as one HTML file with nothing from elsewhere in it, and no script. */
final class ReportPage {

    private static final String STYLE = """
            :root { color-scheme: light dark; --line: #8888; --s0: #0060c0; --s1: #c04000; --s2: #007a4d; --s3: #8a3fb0;
              --s4: #8a6500; --s5: #b0256b; --s6: #00727d; --s7: #555555; }
            @media (prefers-color-scheme: dark) { :root { --s0: #6cb2ff; --s1: #ff9a5c; --s2: #4fd19a; --s3: #d59cf5;
              --s4: #e0bb4a; --s5: #ff8fc2; --s6: #59cfdb; --s7: #b8b8b8; } }
            body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
            .wide { overflow-x: auto; } table { border-collapse: collapse; margin: 1rem 0; }
            th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
            th:first-child, td:first-child { text-align: left; } caption { text-align: left; font-weight: bold; }
            figure { margin: 2rem 0; } svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: currentColor; }
            .grid { stroke: var(--line); stroke-width: .5; } .line { fill: none; stroke-width: 2; } .band { opacity: .18; stroke: none; }
            .line.s1, .line.s5 { stroke-dasharray: 8 3; } .line.s2, .line.s6 { stroke-dasharray: 3 3; }
            .line.s3, .line.s7 { stroke-dasharray: 10 3 2 3; }
            """;

    private final Report report;
    private final List<String> variants;
    private final StringBuilder page = new StringBuilder();

    private ReportPage(Report report) {
        this.report = report;
        this.variants = report.cells().stream().map(CellResult::variant).toList();
    }

    static String of(Report report) {
        return new ReportPage(report).page();
    }

    private String page() {
        String title = "Experiment: " + report.recipe() + ", " + String.join(", ", variants);
        page.append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
        page.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        element("title", title);
        page.append("<style>").append(STYLE).append(colours()).append("</style></head><body><main>");
        element("h1", title);
        element("p", report.progress().text());
        element("p", setting());
        element("h2", "What it shows");
        list(report.conclusions());
        element("h2", "Results");
        summary();
        comparisons();
        seeds();
        element("h2", "Reading the numbers");
        list(report.notes());
        element("h2", "Charts");
        element("p", "Lines: " + legend() + ".");
        charts();
        return page.append("</main></body></html>\n").toString();
    }

    private static String colours() {
        StringBuilder style = new StringBuilder();
        for (int k = 0; k < SvgChart.COLOURS; k++) {
            style.append(
                    ".line.s%d { stroke: var(--s%d); } .band.s%d { fill: var(--s%d); } .key.s%d { color: var(--s%d); } "
                            .formatted(k, k, k, k, k, k));
        }
        return style.toString();
    }

    private String setting() {
        return "Experiment " + report.experiment() + "; preset " + Objects.requireNonNullElse(report.preset(), "full")
                + (report.dataset() == null ? "" : "; dataset " + report.dataset()) + "; parameters "
                + report.parameters() + "; "
                + (report.match() == Match.HIDDEN ? "equal hidden sizes" : "about equal numbers of weights")
                + "; compared to " + report.comparedTo() + "." + variants();
    }

    /** What sets each apart beside its cell. */
    private String variants() {
        return report.cells().stream()
                .filter(each -> !each.parameters().isEmpty() || !each.variant().equals(each.cell()))
                .map(each -> " " + each.variant() + " is " + each.cell()
                        + each.parameters().entrySet().stream()
                                .map(own -> own.getKey() + " " + own.getValue())
                                .collect(Collectors.joining(
                                        " and ", each.parameters().isEmpty() ? "" : " with ", ""))
                        + ", hidden size " + each.hiddenSize() + ".")
                .collect(Collectors.joining());
    }

    private String legend() {
        List<String> dashes = List.of("solid", "long dashes", "short dashes", "dashes and dots");
        return variants.stream()
                .map(variant -> variant + " " + dashes.get(variants.indexOf(variant) % dashes.size()))
                .collect(Collectors.joining(", "));
    }

    private void summary() {
        String metric =
                report.metric() == null ? "result" : "test " + report.metric().name();
        begin(
                "Per cell or variant",
                "",
                "hidden size",
                "weights",
                "seeds",
                "mean " + metric,
                "95 % interval",
                "updates to beat trivial (median)",
                "never beat it",
                "ms per update");
        report.cells()
                .forEach(cell -> row(
                        cell.variant(),
                        String.valueOf(cell.hiddenSize()),
                        String.valueOf(cell.weights()),
                        cell.result().n() + " of " + cell.seeds().size(),
                        Wording.number(cell.result().mean()),
                        interval(cell.result()),
                        Wording.number(cell.medianUpdatesToBeatTrivial()),
                        String.valueOf(cell.neverBeatTrivial()),
                        milliseconds(cell.secondsPerUpdate())));
        end();
    }

    private void comparisons() {
        begin(
                "Paired differences to " + report.comparedTo(),
                "",
                "pairs",
                "mean difference",
                "95 % interval",
                "t-test",
                "t-test, Holm",
                "Wilcoxon",
                "Wilcoxon, Holm",
                "left out");
        for (CellResult cell : report.cells()) {
            PairedComparison c = cell.comparison();
            if (c != null) {
                row(
                        cell.variant(),
                        String.valueOf(c.pairs()),
                        Wording.number(c.difference().mean()),
                        interval(c.difference()),
                        Wording.p(c.tTestP()),
                        Wording.p(c.tTestHolmP()),
                        Wording.p(c.wilcoxonP()),
                        Wording.p(c.wilcoxonHolmP()),
                        String.valueOf(cell.excluded().size()));
            }
        }
        end();
    }

    private void seeds() {
        begin("Per run", "", "seed", "status", "result", "updates", "updates to beat trivial", "ms per update", "job");
        for (CellResult cell : report.cells()) {
            for (SeedResult seed : cell.seeds()) {
                row(
                        cell.variant(),
                        String.valueOf(seed.seed()),
                        seed.diverged() ? "DIVERGED" : seed.status().name(),
                        Wording.number(seed.result()),
                        whole(seed.updates()),
                        whole(seed.updatesToBeatTrivial()),
                        milliseconds(seed.secondsPerUpdate()),
                        seed.job());
            }
        }
        end();
    }

    private void charts() {
        for (Chart chart : report.charts()) {
            page.append("<figure>").append("<figcaption>");
            element("strong", chart.title());
            page.append(" ").append(htmlEscape(chart.description())).append(" ");
            chart.series()
                    .forEach(series -> page.append("<span class=\"key s%d\">■ %s</span> "
                            .formatted(
                                    variants.indexOf(series.variant()) % SvgChart.COLOURS,
                                    htmlEscape(series.variant()))));
            page.append("</figcaption>").append(SvgChart.of(chart, variants)).append("</figure>");
        }
    }

    private static String interval(MeanInterval of) {
        return of.lower() == null ? "–" : Wording.number(of.lower()) + " to " + Wording.number(of.upper());
    }

    private static String whole(@Nullable Long number) {
        return number == null ? "–" : number.toString();
    }

    private static String milliseconds(@Nullable Double seconds) {
        return seconds == null ? "–" : Wording.number(seconds * 1000);
    }

    private void begin(String caption, String... heads) {
        page.append("<div class=\"wide\"><table>");
        element("caption", caption);
        page.append("<thead><tr>");
        for (String head : heads) {
            page.append("<th scope=\"col\">").append(htmlEscape(head)).append("</th>");
        }
        page.append("</tr></thead><tbody>");
    }

    private void row(String... values) {
        page.append("<tr>");
        for (String value : values) {
            element("td", value);
        }
        page.append("</tr>");
    }

    private void end() {
        page.append("</tbody></table></div>");
    }

    private void list(List<String> items) {
        page.append("<ul>");
        items.forEach(item -> element("li", item));
        page.append("</ul>");
    }

    private void element(String tag, String text) {
        page.append("<%s>".formatted(tag)).append(htmlEscape(text)).append("</%s>".formatted(tag));
    }
}
