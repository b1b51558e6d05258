package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tidegate.platform.TidegateProperties.Sequences.Durability;
import io.tidegate.sequences.SequenceStore.Found;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.util.unit.DataSize;

class FileJournalTest {

    private static final Duration NEVER = Duration.ofDays(1);

    @TempDir
    private Path dataDir;

    private MemoryStore open(Path folder, Durability durability, Duration interval) {
        return new MemoryStore(
                MemoryStoreTest.settings(DataSize.ofGigabytes(1)),
                rows -> new FileJournal(folder, durability, interval, rows),
                _ -> false,
                _ -> {},
                System::nanoTime,
                false);
    }

    /** What a process that is killed at this moment leaves. */
    private Path killed(String name) throws IOException {
        Path copy = dataDir.resolve(name), from = dataDir.resolve("sequences/0");
        Files.createDirectories(copy.resolve("sequences/0"));
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve("sequences/0").resolve(file.getFileName()));
            }
        }
        return copy;
    }

    private static SequenceRow row(long incarnation, long steps, int bytes) {
        SequenceRow row = SequenceRow.ofBytes(SequenceRow.HEADER + bytes);
        row.incarnation(incarnation);
        row.steps(steps);
        row.version(1);
        return row;
    }

    private static SequenceKey key(int k) {
        return new SequenceKey("m", "s" + k);
    }

    @ParameterizedTest
    @EnumSource(
            value = Durability.class,
            names = {"PERIODIC", "EVERY_STEP"})
    void endedIdsAreKnownAfterAKill(Durability durability) throws IOException {
        MemoryStore store = open(dataDir, durability, NEVER);
        SequenceRow row = row(1, 1, 8);
        store.put(key(1), null, row);
        store.end(key(1), row.stamp(), null);
        MemoryStore after = open(killed("copy"), durability, NEVER);
        assertThat(after.find(key(1))).isInstanceOf(Found.Ended.class);
        assertThat(after.put(key(1), null, row(2, 1, 8))).isTrue();
        after.close();
        store.close();
    }

    @Test
    void anIntervalsStepsAreLostByAKillAndFoundAfterItsRound() throws IOException {
        MemoryStore store = open(dataDir, Durability.PERIODIC, Duration.ofMillis(20));
        store.put(key(1), null, row(1, 1, 8));
        await().untilAsserted(() -> {
            MemoryStore after = open(killed("copy-" + System.nanoTime()), Durability.PERIODIC, NEVER);
            try {
                assertThat(after.find(key(1))).isInstanceOf(Found.Live.class);
            } finally {
                after.close();
            }
        });
        store.close();
        MemoryStore slow = open(dataDir, Durability.PERIODIC, NEVER);
        slow.put(key(1), new SequenceRow.Stamp(1, 1), row(1, 2, 8));
        Path killed = killed("later");
        for (int k = 0; k < 2; k++) { // it stays lost
            MemoryStore after = open(killed, Durability.PERIODIC, NEVER);
            assertThat(after.find(key(1))).isInstanceOf(Found.Lost.class);
            after.close();
        }
        slow.close();
        MemoryStore clean = open(dataDir, Durability.PERIODIC, NEVER);
        assertThat(((Found.Live) clean.find(key(1))).row().steps()).isEqualTo(2);
        clean.close();
    }

    @Test
    void afterTheMachinesEndPeriodicRowsAreLostForGood() throws IOException {
        MemoryStore store = open(dataDir, Durability.PERIODIC, Duration.ofMillis(20));
        store.put(key(1), null, row(1, 1, 8));
        Path killed = killed("copy");
        store.close();
        Path file = killed.resolve("sequences/0/0000000001.log");
        byte[] bytes = Files.readAllBytes(file);
        RecordLog other = new RecordLog(Files.createDirectory(killed.resolve("other")), false);
        byte[] mode = "PERIODIC".getBytes(StandardCharsets.UTF_8), boot = "another".getBytes(StandardCharsets.UTF_8);
        other.append(
                1 + 2 + mode.length + 2 + boot.length + 1,
                to -> to.put((byte) 1)
                        .putShort((short) mode.length)
                        .put(mode)
                        .putShort((short) boot.length)
                        .put(boot)
                        .put((byte) 0));
        other.flush();
        other.close();
        Files.move(killed.resolve("other/0000000001.log"), killed.resolve("sequences/0/0000000002.log"));
        assertThat(bytes).isNotEmpty();
        for (int k = 0; k < 2; k++) {
            MemoryStore after = open(killed, Durability.PERIODIC, NEVER);
            assertThat(after.find(key(1))).isInstanceOf(Found.Lost.class);
            after.close();
        }
    }

    @Test
    void aStepThatCannotBeWrittenIsNotAnsweredAndIsWrittenLater() throws IOException {
        MemoryStore store = open(dataDir, Durability.EVERY_STEP, NEVER);
        Path folder = dataDir.resolve("sequences/0"), away = dataDir.resolve("away");
        SequenceRow[] row = {row(1, 1, 16 << 20)}; // soon a new file is begun
        store.put(key(1), null, row[0]);
        Files.move(folder, away);
        assertThatThrownBy(() -> {
                    for (int k = 0; k < 4; k++) {
                        SequenceRow next = row(1, row[0].steps() + 1, 16 << 20);
                        SequenceRow.Stamp seen = row[0].stamp();
                        row[0] = next;
                        store.put(key(1), seen, next);
                    }
                })
                .isInstanceOf(SequenceException.Unwritten.class);
        assertThatThrownBy(() -> store.find(key(1))).isInstanceOf(SequenceException.Unwritten.class);
        assertThatThrownBy(() -> store.put(key(2), null, row(2, 1, 8))).isInstanceOf(SequenceException.Unwritten.class);
        Files.move(away, folder);
        await().ignoreExceptions().until(() -> store.find(key(1)) instanceof Found.Live);
        assertThat(store.find(key(2))).isInstanceOf(Found.Unknown.class);
        MemoryStore after = open(killed("copy"), Durability.EVERY_STEP, NEVER);
        assertThat(((Found.Live) after.find(key(1))).row().steps()).isEqualTo(row[0].steps());
        after.close();
        store.close();
    }

    /** Which steps are refused then depends on how durable they must be; that something is wrong shows in any case. */
    @Test
    void periodicWritingThatFailsShowsInTheStoresHealth() throws IOException {
        MemoryStore store = open(dataDir, Durability.PERIODIC, Duration.ofMillis(1));
        Path folder = dataDir.resolve("sequences/0"), away = dataDir.resolve("away");
        SequenceRow[] row = {row(1, 1, 16 << 20)};
        store.put(key(1), null, row[0]);
        store.requireServing();
        Files.move(folder, away);
        await().untilAsserted(() -> {
            SequenceRow next = row(1, row[0].steps() + 1, 16 << 20);
            try {
                store.put(key(1), row[0].stamp(), next);
                row[0] = next;
            } catch (SequenceException.Unwritten e) {
                // as every put that a file must know of
            }
            assertThatThrownBy(store::requireServing).isInstanceOf(SequenceException.Unwritten.class);
        });
        assertThat(store.find(key(1))).isInstanceOf(Found.Live.class);
        Files.move(away, folder);
        await().ignoreExceptions().untilAsserted(store::requireServing);
        store.close();
    }

    /** Much more is written than lives; files stay bounded, and what they hold is what lives. */
    @ParameterizedTest
    @EnumSource(
            value = Durability.class,
            names = {"PERIODIC", "EVERY_STEP"})
    void oldFilesAreDeletedAndNothingIsForgotten(Durability durability) throws Exception {
        MemoryStore store = open(dataDir, durability, Duration.ofMillis(1));
        int threads = 4, sequences = 50, bytes = 40_000;
        Path first = dataDir.resolve("sequences/0/0000000001.log");
        List<Callable<Map<SequenceKey, Long>>> tasks = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int mine = t;
            tasks.add(() -> stepAtRandom(store, mine, sequences, bytes, first));
        }
        Map<SequenceKey, Long> steps = new HashMap<>();
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Map<SequenceKey, Long>> done : pool.invokeAll(tasks)) {
                steps.putAll(done.get());
            }
        }
        await().until(() -> bytesOf(dataDir.resolve("sequences/0")) < 6 * RecordLog.SEGMENT);
        store.close();
        MemoryStore after = open(dataDir, durability, NEVER);
        for (Map.Entry<SequenceKey, Long> each : steps.entrySet()) {
            if (each.getValue() == 0) {
                assertThat(after.find(each.getKey())).isInstanceOf(Found.Ended.class);
            } else {
                SequenceRow row = ((Found.Live) after.find(each.getKey())).row();
                assertThat(row.steps()).isEqualTo(each.getValue());
                assertThat(row.logLikelihood()).isEqualTo((double) each.getValue());
            }
        }
        after.close();
    }

    /**
     * Until the first file has been deleted.
     *
     * @return steps that each has made; 0 if it has ended
     */
    private static Map<SequenceKey, Long> stepAtRandom(
            MemoryStore store, int thread, int sequences, int bytes, Path first) {
        SplittableRandom random = new SplittableRandom(thread);
        Map<SequenceKey, Long> steps = new HashMap<>();
        Map<SequenceKey, SequenceRow> last = new HashMap<>();
        for (int round = 0; round < 1000 || Files.exists(first); round++) {
            SequenceKey key = key(1000 * thread + random.nextInt(sequences));
            SequenceRow seen = last.get(key);
            if (seen != null && random.nextInt(8) == 0) {
                assertThat(store.end(key, seen.stamp(), null)).isTrue();
                last.remove(key);
                steps.put(key, 0L);
                continue;
            }
            long next = seen == null ? 1 : seen.steps() + 1;
            SequenceRow row = row(seen == null ? round + 1 : seen.incarnation(), next, bytes + random.nextInt(3) * 64);
            row.logLikelihood(next);
            assertThat(store.put(key, seen == null ? null : seen.stamp(), row)).isTrue();
            last.put(key, row);
            steps.put(key, next);
        }
        return steps;
    }

    private static long bytesOf(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }
}
