package io.tidegate.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.Predicate;

/** The grid as tables between two marks of docs/benchmarks.md, and as a chart beside it. */
final class GridReport {

    private static final String BEGIN = "<!-- grid: written by the benchmark -->", END = "<!-- grid: end -->";

    private GridReport() {}

    static void write(Path docs, String machine, List<Row> rows) throws IOException {
        Path page = docs.resolve("benchmarks.md");
        String text = Files.readString(page);
        int begin = text.indexOf(BEGIN), end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IOException(page.getFileName() + ": expected the marks " + BEGIN + " and " + END);
        }
        Files.writeString(
                page, text.substring(0, begin + BEGIN.length()) + "\n\n" + tables(machine, rows) + text.substring(end));
        Files.writeString(docs.resolve("benchmarks.svg"), chart(rows));
    }

    private static String tables(String machine, List<Row> rows) {
        StringBuilder out = new StringBuilder("Run on: " + machine + ".\n\n");
        out.append("### Geometric means of the ratios\n\n| | lstm | peephole | wm |\n| --- | --- | --- | --- |\n");
        for (String peer : List.of("onnxruntime", "pytorch", "nd4j")) {
            for (int threads = 1; threads <= 2; threads++) {
                int n = threads;
                means(
                        out,
                        "vs " + peer + ", " + n + (n == 1 ? " thread" : " threads"),
                        rows,
                        row -> row.kind().equals("inference") && row.peer().equals(peer) && row.threads() == n);
            }
        }
        means(
                out,
                "vs onnxruntime, one thread, B ≤ 4, H ≤ 256",
                rows,
                row -> row.kind().equals("inference")
                        && row.peer().equals("onnxruntime")
                        && row.threads() == 1
                        && row.batch() <= 4
                        && row.hidden() <= 256);
        means(
                out,
                "bf16 vs onnxruntime, one thread, B ≤ 4, H ≥ 512",
                rows,
                row -> row.kind().equals("inference-bf16") && row.threads() == 1 && row.batch() <= 4);
        for (int threads = 1; threads <= 2; threads++) {
            inference(out, rows, threads);
        }
        out.append("\n### Training, two threads, an update\n\n");
        out.append(
                "| cell | H, B | fused ms | steps per second | PyTorch ms | ratio | with activation checkpointing ms | factor |\n");
        out.append("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
        rows.stream()
                .filter(row -> row.kind().equals("training") && row.peer().equals("pytorch"))
                .forEach(row -> {
                    Row recomputing = rows.stream()
                            .filter(other -> other.peer().equals("recomputing")
                                    && other.cell().equals(row.cell())
                                    && other.hidden() == row.hidden())
                            .findFirst()
                            .orElseThrow();
                    double steps = row.batch() * (row.hidden() == 128 ? 784.0 : 150.0);
                    out.append(String.format(
                            Locale.ROOT,
                            "| %s | %d, %d | %.0f | %,.0f | %.0f | %.2f | %.0f | %.2f |%n",
                            row.cell(),
                            row.hidden(),
                            row.batch(),
                            row.engineMicros() / 1e3,
                            steps / row.engineMicros() * 1e6,
                            row.peerMicros() / 1e3,
                            row.ratio(),
                            recomputing.peerMicros() / 1e3,
                            recomputing.ratio()));
                });
        return out.append("\n").toString();
    }

    private static void means(StringBuilder out, String what, List<Row> rows, Predicate<Row> which) {
        if (rows.stream().noneMatch(which)) {
            return;
        }
        out.append("| ").append(what);
        for (String cell : List.of("lstm", "peephole", "wm")) {
            double[] logs = rows.stream()
                    .filter(which)
                    .filter(row -> row.cell().equals(cell))
                    .mapToDouble(row -> Math.log(row.ratio()))
                    .toArray();
            out.append(
                    logs.length == 0
                            ? " | –"
                            : String.format(
                                    Locale.ROOT,
                                    " | %.2f",
                                    Math.exp(java.util.Arrays.stream(logs)
                                            .average()
                                            .orElseThrow())));
        }
        out.append(" |\n");
    }

    private static void inference(StringBuilder out, List<Row> rows, int threads) {
        out.append("\n### Inference, ")
                .append(threads == 1 ? "one thread" : "two threads")
                .append(", µs a step of the whole batch\n\n");
        out.append(
                "| cell | H | B | fused | share of roofline | ONNX Runtime | ratio | PyTorch | ratio | ND4J | ratio | fused bf16"
                        + " | vs ONNX Runtime |\n");
        out.append("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
        TreeSet<String> done = new TreeSet<>();
        for (Row row : rows) {
            String key = row.cell() + " " + row.hidden() + " " + row.batch();
            if (row.threads() != threads || !row.kind().equals("inference") || !done.add(key)) {
                continue;
            }
            List<String> cells = new ArrayList<>(List.of(
                    row.cell(),
                    "" + row.hidden(),
                    "" + row.batch(),
                    number(row.engineMicros()),
                    String.format(Locale.ROOT, "%.0f %%", 100 * row.roofline())));
            for (String peer : List.of("onnxruntime", "pytorch", "nd4j")) {
                pair(
                        cells,
                        rows,
                        row,
                        other ->
                                other.kind().equals("inference") && other.peer().equals(peer),
                        true);
            }
            pair(cells, rows, row, other -> other.kind().equals("inference-bf16"), false);
            out.append("| ").append(String.join(" | ", cells)).append(" |\n");
        }
    }

    private static void pair(List<String> cells, List<Row> rows, Row like, Predicate<Row> which, boolean peers) {
        Row found = rows.stream()
                .filter(which)
                .filter(row -> row.cell().equals(like.cell())
                        && row.hidden() == like.hidden()
                        && row.batch() == like.batch()
                        && row.threads() == like.threads())
                .findFirst()
                .orElse(null);
        cells.add(found == null ? "–" : number(peers ? found.peerMicros() : found.engineMicros()));
        cells.add(found == null ? "–" : String.format(Locale.ROOT, "%.2f", found.ratio()));
    }

    private static String number(double micros) {
        return String.format(Locale.ROOT, micros < 100 ? "%.2f" : "%.0f", micros);
    }

    // --- The chart: a bar for each cell of the grid against ONNX Runtime on one thread, from the line at 1

    private static String chart(List<Row> rows) {
        List<Row> shown = rows.stream()
                .filter(row -> row.kind().equals("inference") && row.peer().equals("onnxruntime") && row.threads() == 1)
                .toList();
        int bar = 16, left = 130, width = 640, top = 40, height = top + bar * shown.size() + 20;
        double most = shown.stream().mapToDouble(Row::ratio).max().orElse(1);
        double unit = (width - left - 60) / most;
        StringBuilder svg = new StringBuilder(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">%n"
                        .formatted(width, height));
        svg.append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        svg.append(
                "<text x=\"8\" y=\"18\" font-size=\"13\">ONNX Runtime's time ÷ the fused engine's, one thread, float32</text>\n");
        for (int n = 0; n < shown.size(); n++) {
            Row row = shown.get(n);
            int y = top + n * bar;
            String colour = row.cell().equals("wm") ? "#0b7285" : row.cell().equals("lstm") ? "#74b816" : "#f08c00";
            svg.append("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s H=%d B=%d</text>%n"
                    .formatted(left - 6, y + 11, row.cell(), row.hidden(), row.batch()));
            svg.append(String.format(
                    Locale.ROOT,
                    "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/><text x=\"%.1f\" y=\"%d\">%.2f</text>%n",
                    left,
                    y + 2,
                    row.ratio() * unit,
                    bar - 4,
                    colour,
                    left + row.ratio() * unit + 4,
                    y + 11,
                    row.ratio()));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#c92a2a\"/>%n</svg>%n",
                left + unit,
                left + unit,
                top - 6,
                height - 14));
        return svg.toString();
    }
}
