package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.platform.TidegateProperties.Sequences.Durability;
import io.tidegate.sequences.SequenceStore.Found;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.util.unit.DataSize;

/** A process that makes steps and says so is killed; the next one finds the last step that was answered, or knows that it is lost. */
class KilledSequencesTest {

    private static final int SEQUENCES = 50;

    @TempDir
    private Path dataDir;

    @ParameterizedTest
    @EnumSource(Durability.class)
    @Timeout(240)
    void noSequenceIsFoundInAnOlderStateThanWasAnswered(Durability durability) throws Exception {
        for (int round = 0; round < 4; round++) { // killed at one moment or another of the writer's round
            killAndLook(durability, dataDir.resolve("round-" + round));
        }
    }

    private static void killAndLook(Durability durability, Path dataDir) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                KilledSequencesTest.class.getName(),
                dataDir.toString(),
                durability.name()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Map<String, Long> answered = new HashMap<>();
        long answers = 0;
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ", -1);
                if (words.length == 3 && words[0].equals("step") && words[2].endsWith(".")) { // whole
                    answered.put(words[1], Long.parseLong(words[2].substring(0, words[2].length() - 1)));
                    if (++answers == 3000) {
                        ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroyForcibly); // the pipe stays
                    }
                }
            }
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(answered).hasSize(SEQUENCES);

        MemoryStore after = open(dataDir, durability);
        int live = 0, lost = 0;
        for (Map.Entry<String, Long> each : answered.entrySet()) {
            switch (after.find(new SequenceKey("m", each.getKey()))) {
                case Found.Live(SequenceRow row) -> {
                    assertThat(row.steps()).isGreaterThanOrEqualTo(each.getValue());
                    live++;
                }
                case Found.Lost _ -> lost++;
                case Found.Unknown _ -> assertThat(durability).isEqualTo(Durability.NONE);
                case Found.Ended _, Found.Expired _ -> throw new AssertionError("never ended: " + each);
            }
        }
        after.close();
        switch (durability) {
            case NONE -> assertThat(live + lost).isZero();
            case EVERY_STEP -> assertThat(live).isEqualTo(SEQUENCES);
            case PERIODIC -> assertThat(live + lost).isEqualTo(SEQUENCES);
        }
    }

    private static MemoryStore open(Path dataDir, Durability durability) {
        return new MemoryStore(
                MemoryStoreTest.settings(DataSize.ofMegabytes(10)),
                recovery -> new FileJournal(dataDir, durability, Duration.ofMillis(40), recovery),
                _ -> false,
                _ -> {},
                System::nanoTime,
                true);
    }

    /** Steps one sequence after the other, and says so. */
    public static void main(String[] args) throws IOException {
        MemoryStore store = open(Path.of(args[0]), Durability.valueOf(args[1]));
        for (long step = 1; ; step++) {
            for (int k = 0; k < SEQUENCES; k++) {
                if (step > 20 && k < 5) {
                    continue; // these rest, so that their rows are written
                }
                SequenceKey key = new SequenceKey("m", "s" + k);
                SequenceRow row = store.find(key) instanceof Found.Live(SequenceRow found) ? found : null;
                SequenceRow next = row == null ? SequenceRow.ofBytes(1200) : row.copy();
                next.incarnation(k + 1);
                next.steps(step);
                if (!store.put(key, row == null ? null : row.stamp(), next)) {
                    throw new IOException("refused");
                }
                System.out.println("step s" + k + " " + step + ".");
            }
        }
    }
}
