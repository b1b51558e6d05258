package io.tidegate.training.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class BackgroundThreadsTest {

    @Test
    void theirNicenessIsTheHighestAndNobodyElsesChanges() throws Exception {
        int before = niceness();
        try (ExecutorService background = Executors.newSingleThreadExecutor(BackgroundThreads.named("nice-"))) {
            Callable<Integer> there = BackgroundThreadsTest::niceness;
            assertThat(background.submit(there).get()).isEqualTo(19);
        }
        assertThat(niceness()).isEqualTo(before);
    }

    /** The 19th field of the thread's stat; the second is in brackets and may have spaces. */
    private static int niceness() throws Exception {
        String stat = Files.readString(Path.of("/proc/thread-self/stat"));
        return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16]);
    }
}
