package io.tidegate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.core.cell.CellType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training's bits, compared between processes, as when a worker takes over another's. */
class RepeatableTrainingTest {

    private static final int NEVER = TrainingBits.UPDATES + 1;

    @TempDir
    private Path folder;

    @Test
    void onNd4jAnInterruptedTrainingEndsWithTheBitsOfAnotherProcessesWholeOne() throws Exception {
        List<String> whole = digests("nd4j", 1, NEVER);
        assertThat(whole.getFirst())
                .startsWith("= nd4j/1 nd4j=1.0.0-M2.1 CPU blas=OpenBLAS-")
                .endsWith(" threads=1");
        assertThat(digests("nd4j", 1, 7)).isEqualTo(whole);
    }

    @Test
    void onTheReferenceItDoesOnAnyNumberOfThreads() throws Exception {
        List<String> whole = digests("reference", 1, NEVER);
        assertThat(whole.getFirst()).startsWith("= reference/1 shards=8 java=");
        assertThat(digests("reference", 2, 7)).isEqualTo(whole);
    }

    @Test
    void onTheFusedEngineItDoesToo() throws Exception {
        List<String> whole = digests("fused", 1, NEVER);
        assertThat(whole.getFirst()).startsWith("= fused/1 java=");
        assertThat(digests("fused", 3, 7)).isEqualTo(whole);
    }

    private List<String> digests(String engine, int threads, int interruptedEvery) throws Exception {
        Path log = Files.createTempFile(folder, engine, ".log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@tidegate.jvm",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TrainingBits.class.getName(),
                        engine,
                        Integer.toString(threads),
                        Integer.toString(interruptedEvery))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            boolean ended = process.waitFor(5, TimeUnit.MINUTES);
            assertThat(ended && process.exitValue() == 0)
                    .as(() -> "%s trained: %s".formatted(engine, read(log)))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        List<String> lines = Files.readAllLines(log).stream()
                .filter(line -> line.startsWith("= "))
                .toList();
        assertThat(lines).hasSize(1 + 2 * CellType.values().length).doesNotHaveDuplicates();
        return lines;
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
