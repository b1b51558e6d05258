package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordLogTest {

    @TempDir
    private Path dir;

    private static void append(RecordLog log, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        log.append(bytes.length, to -> to.put(bytes));
    }

    private static List<String> read(RecordLog log) throws IOException {
        List<String> records = new ArrayList<>();
        log.open((_, body) -> records.add(StandardCharsets.UTF_8.decode(body).toString()));
        return records;
    }

    private static RecordLog opened(Path dir) throws IOException {
        RecordLog log = new RecordLog(dir, false);
        read(log);
        return log;
    }

    private Path file(int number) {
        return dir.resolve("%010d.log".formatted(number));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatWasFlushedIsReadInOrder(boolean forced) throws IOException {
        RecordLog log = new RecordLog(dir, forced);
        read(log);
        append(log, "one");
        append(log, "x".repeat(200_000));
        log.flush();
        append(log, "three");
        log.flush();
        append(log, "never flushed");
        log.close();
        RecordLog again = new RecordLog(dir, forced);
        assertThat(read(again)).containsExactly("one", "x".repeat(200_000), "three");
        append(again, "four");
        again.flush();
        again.close();
        assertThat(read(new RecordLog(dir, forced))).endsWith("three", "four").hasSize(4);
    }

    /** Cut at any byte, whole records are left, and the log goes on after them. */
    @Test
    void aCrashAnywhereLeavesWholeRecords() throws IOException {
        RecordLog log = opened(dir);
        List<String> records =
                IntStream.range(0, 6).mapToObj(k -> "record " + k).toList();
        records.forEach(record -> append(log, record));
        log.flush();
        log.close();
        byte[] all = Files.readAllBytes(file(1));
        int each = all.length / records.size();
        for (int length = 0; length <= all.length; length++) {
            Path folder = Files.createDirectory(dir.resolve("cut-" + length));
            byte[] cut = Arrays.copyOf(Arrays.copyOf(all, length), length + 5); // room that wasn't written
            Files.write(folder.resolve("0000000001.log"), length % 2 == 0 ? cut : Arrays.copyOf(all, length));
            RecordLog after = new RecordLog(folder, false);
            assertThat(read(after)).isEqualTo(records.subList(0, length / each));
            append(after, "next");
            after.flush();
            after.close();
            assertThat(read(new RecordLog(folder, false)))
                    .hasSize(length / each + 1)
                    .endsWith("next");
        }
    }

    @Test
    void damageBeforeTheLastFileIsNoticed() throws IOException {
        for (int k = 0; k < 2; k++) {
            RecordLog log = opened(dir);
            append(log, "record " + k);
            log.flush();
            log.close();
        }
        byte[] first = Files.readAllBytes(file(1));
        first[first.length - 1]++;
        Files.write(file(1), first);
        RecordLog damaged = new RecordLog(dir, false);
        assertThatThrownBy(() -> read(damaged)).isInstanceOf(IOException.class).hasMessageContaining("damaged");
        damaged.setAside();
        append(damaged, "anew");
        damaged.flush();
        damaged.close();
        assertThat(read(new RecordLog(dir, false))).containsExactly("anew");
    }

    @Test
    void whatCouldNotBeWrittenIsWrittenLaterAndNothingIsTakenMeanwhile() throws IOException {
        Path folder = Files.createDirectory(dir.resolve("removed"));
        RecordLog log = opened(folder);
        Files.delete(folder);
        append(log, "kept");
        assertThatThrownBy(log::flush).isInstanceOf(SequenceException.Unwritten.class);
        assertThatThrownBy(() -> append(log, "refused")).isInstanceOf(SequenceException.Unwritten.class);
        assertThatThrownBy(log::check).isInstanceOf(SequenceException.Unwritten.class);
        Files.createDirectory(folder);
        await().ignoreExceptions().until(() -> {
            log.check();
            return true;
        });
        append(log, "next");
        log.flush();
        log.close();
        assertThat(read(new RecordLog(folder, false))).containsExactly("kept", "next");
    }

    @Test
    void filesAreBoundedAndTheOldestCanBeDeleted() throws IOException {
        RecordLog log = opened(dir);
        String large = "x".repeat(1 << 20);
        for (int k = 0; k < 70; k++) {
            append(log, large);
            log.flush();
        }
        assertThat(log.bytes()).isEqualTo(70L * ((1 << 20) + 8));
        assertThat(log.oldest()).isEqualTo(1);
        log.delete(1);
        assertThat(log.oldest()).isEqualTo(2);
        log.delete(2);
        assertThat(log.oldest()).isZero();
        log.close();
        assertThat(read(new RecordLog(dir, false))).hasSizeBetween(5, 8);
    }

    @Test
    void manyAppendAtTheSameTime() throws Exception {
        RecordLog log = opened(dir);
        List<Callable<Void>> tasks = new ArrayList<>();
        for (int k = 0; k < 8; k++) {
            int mine = k;
            tasks.add(() -> {
                for (int n = 0; n < 500; n++) {
                    append(log, mine + "/" + n);
                    log.flush();
                }
                return null;
            });
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Void> done : threads.invokeAll(tasks)) {
                done.get();
            }
        }
        log.close();
        List<String> records = read(new RecordLog(dir, false));
        for (int k = 0; k < 8; k++) {
            String mine = k + "/";
            assertThat(records.stream().filter(record -> record.startsWith(mine)))
                    .containsExactlyElementsOf(
                            IntStream.range(0, 500).mapToObj(n -> mine + n).toList());
        }
    }
}
