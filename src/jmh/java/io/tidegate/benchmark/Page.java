package io.tidegate.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a benchmark writes between two marks of docs/benchmarks.md. */
final class Page {

    private Page() {}

    static void replace(Path docs, String section, String text) throws IOException {
        String begin = "<!-- " + section + ": written by the benchmark -->", end = "<!-- " + section + ": end -->";
        Path page = docs.resolve("benchmarks.md");
        String all = Files.readString(page);
        int from = all.indexOf(begin), to = all.indexOf(end);
        if (from < 0 || to < from) {
            throw new IOException(page.getFileName() + ": expected the marks " + begin + " and " + end);
        }
        Files.writeString(page, all.substring(0, from + begin.length()) + "\n\n" + text + "\n" + all.substring(to));
    }
}
