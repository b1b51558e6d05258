package io.tidegate.training.experiments;

import static org.springframework.web.util.HtmlUtils.htmlEscape;

import io.tidegate.training.experiments.Chart.Point;
import io.tidegate.training.experiments.Chart.Series;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** A chart as an SVG element: colours come from the page's style, lines differ by dashes too. */
final class SvgChart {

    private static final double WIDTH = 640, HEIGHT = 300, LEFT = 70, RIGHT = 15, TOP = 15, BOTTOM = 45;

    private static final int TICKS = 5;

    /** That a page's style has; more lines share them. */
    static final int COLOURS = 8;

    private final Chart chart;
    private final Scale x;
    private final Scale y;

    /** Numbers onto a stretch of the picture. */
    private record Scale(double low, double high, double from, double to, boolean logarithmic) {

        double at(double value) {
            double a = of(low), b = of(high);
            return b == a ? (from + to) / 2 : from + (to - from) * (of(value) - a) / (b - a);
        }

        private double of(double value) {
            return logarithmic ? Math.log10(value) : value;
        }

        double tick(int k) {
            double at = of(low) + (of(high) - of(low)) * k / (TICKS - 1);
            return logarithmic ? Math.pow(10, at) : at;
        }
    }

    private SvgChart(Chart chart) {
        this.chart = chart;
        double top = extreme(chart, Point::high, true), least = extreme(chart, Point::low, false);
        this.x = new Scale(extreme(chart, Point::x, false), extreme(chart, Point::x, true), LEFT, WIDTH - RIGHT, false);
        this.y = new Scale(
                chart.logarithmic() ? least : Math.min(0, least), top, HEIGHT - BOTTOM, TOP, chart.logarithmic());
    }

    private static double extreme(Chart chart, ToDoubleFunction<Point> of, boolean largest) {
        var values =
                chart.series().stream().flatMap(each -> each.points().stream()).mapToDouble(of);
        return (largest ? values.max() : values.min()).orElse(0);
    }

    /** @param variants all of the experiment's, in the order that gives each its colour */
    static String of(Chart chart, List<String> variants) {
        return new SvgChart(chart).svg(variants);
    }

    private String svg(List<String> variants) {
        String id = htmlEscape(chart.id());
        StringBuilder svg = new StringBuilder();
        svg.append("<svg role=\"img\" viewBox=\"0 0 %s %s\" aria-labelledby=\"%s-title %s-desc\">"
                .formatted(f(WIDTH), f(HEIGHT), id, id));
        svg.append("<title id=\"%s-title\">%s</title>".formatted(id, htmlEscape(chart.title())));
        svg.append(
                "<desc id=\"%s-desc\">%s %s</desc>".formatted(id, htmlEscape(chart.description()), htmlEscape(ends())));
        axes(svg);
        for (Series series : chart.series()) {
            int colour = variants.indexOf(series.variant()) % COLOURS;
            svg.append("<path class=\"band s%d\" d=\"%s\"/>".formatted(colour, band(series.points())));
            svg.append("<path class=\"line s%d\" d=\"%s\"/>".formatted(colour, line(series.points(), Point::mean)));
        }
        return svg.append("</svg>").toString();
    }

    /** The picture in words. */
    private String ends() {
        return chart.series().stream()
                .map(series -> series.variant() + " goes from "
                        + Wording.number(series.points().getFirst().mean()) + " to "
                        + Wording.number(series.points().getLast().mean()))
                .collect(Collectors.joining("; ", "", "."));
    }

    private void axes(StringBuilder svg) {
        for (int k = 0; k < TICKS; k++) {
            double atX = x.at(x.tick(k)), atY = y.at(y.tick(k));
            svg.append("<path class=\"grid\" d=\"M%s %sH%s\"/>".formatted(f(LEFT), f(atY), f(WIDTH - RIGHT)));
            svg.append("<text x=\"%s\" y=\"%s\" text-anchor=\"end\">%s</text>"
                    .formatted(f(LEFT - 6), f(atY + 4), label(y.tick(k))));
            svg.append("<text x=\"%s\" y=\"%s\" text-anchor=\"middle\">%s</text>"
                    .formatted(f(atX), f(HEIGHT - BOTTOM + 18), label(x.tick(k))));
        }
        svg.append("<text x=\"%s\" y=\"%s\" text-anchor=\"middle\">%s</text>"
                .formatted(f((LEFT + WIDTH - RIGHT) / 2), f(HEIGHT - 8), htmlEscape(chart.x())));
        svg.append("<text transform=\"translate(14 %s) rotate(-90)\" text-anchor=\"middle\">%s</text>"
                .formatted(
                        f((TOP + HEIGHT - BOTTOM) / 2), htmlEscape(chart.y() + (chart.logarithmic() ? " (log)" : ""))));
    }

    private static String label(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e6
                ? String.valueOf((long) value)
                : String.format(Locale.ROOT, "%.2g", value);
    }

    private String line(List<Point> points, ToDoubleFunction<Point> of) {
        return points.stream()
                .map(point -> f(x.at(point.x())) + " " + f(y.at(of.applyAsDouble(point))))
                .collect(Collectors.joining("L", "M", ""));
    }

    private String band(List<Point> points) {
        return line(points, Point::high) + "L"
                + line(points.reversed(), Point::low).substring(1) + "Z";
    }

    private static String f(double number) {
        return String.format(Locale.ROOT, "%.1f", number);
    }
}
