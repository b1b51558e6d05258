package io.tidegate.datasets;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In processes of their own, with less heap than data, and with less disk. */
class LargeDatasetTest {

    private static final int ROWS = 200_000, STEPS = 100; // 80 MB of features

    @TempDir
    private Path dataDir;

    @Test
    void aDatasetLargerThanTheHeapIsKeptAndRead() throws Exception {
        assertThat(run(List.of(), "-Xmx32m", "-XX:MaxDirectMemorySize=16m"))
                .contains("read " + ROWS + " sequences, sum " + (long) ROWS * STEPS * 3);
    }

    @Test
    void aFullDiskIsSaidAndNothingIsLeft() throws Exception {
        // a limit on the size of files stands for a small disk: writing fails in the same way
        assertThat(run(List.of("bash", "-c", "ulimit -f 20000; exec \"$0\" \"$@\"")))
                .contains("NoSpace: the dataset can't be kept: the server's disk is full or over its quota");
        Sent.assertNothingLeft(dataDir);
    }

    private String run(List<String> before, String... flags) throws Exception {
        List<String> command = Stream.of(
                        before.stream(),
                        Stream.of(Path.of(System.getProperty("java.home"), "bin", "java")
                                .toString()),
                        Stream.of(flags),
                        Stream.of(
                                "-cp",
                                System.getProperty("java.class.path"),
                                LargeDatasetTest.class.getName(),
                                dataDir.toString()))
                .flatMap(part -> part)
                .toList();
        Path log = Files.createTempFile("large-dataset", ".log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return Files.readString(log);
    }

    /** Uploads rows that are made while they are read, then reads them all back. */
    public static void main(String[] arguments) throws IOException {
        Datasets datasets = new Datasets(Path.of(arguments[0]), Long.MAX_VALUE, Clock.systemUTC(), Stream::empty);
        try (InputStream rows = new SequenceInputStream(chunks())) {
            Dataset added = datasets.add(new Datasets.Upload(rows, "large.ndjson", null, null, null))
                    .dataset();
            try (SequenceData data = (SequenceData) added.open()) {
                double sum = 0;
                for (int k = data.size() - 1; k >= 0; k--) {
                    for (float value : data.features(k)) {
                        sum += value;
                    }
                }
                System.out.println("read " + data.size() + " sequences, sum " + (long) sum);
            }
        } catch (DatasetException e) {
            System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    private static Enumeration<InputStream> chunks() {
        byte[] chunk = ("{\"sequence\": [" + String.join(",", Collections.nCopies(STEPS, "3")) + "]}\n")
                .repeat(1000)
                .getBytes(StandardCharsets.UTF_8);
        return Collections.enumeration(Stream.generate(() -> (InputStream) new java.io.ByteArrayInputStream(chunk))
                .limit(ROWS / 1000)
                .toList());
    }
}
