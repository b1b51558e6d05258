package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.inference.Caller;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TurnsTest {

    private static final SequenceKey KEY = new SequenceKey("m", "7");

    private final Turns turns = new Turns();

    @Test
    void thoseThatWaitAreCountedUntilTheyNeedItNoMore() throws Exception {
        assertThat(turns.waiting("m")).isZero();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> second;
            Future<?> third;
            try (Turns.Turn first = turns.enter(KEY)) {
                first.await(Caller.PATIENT);
                second = threads.submit(this::takeATurn);
                third = threads.submit(this::takeATurn);
                assertWaiting(2);
                assertThat(turns.waiting("another")).isZero();
            }
            second.get();
            third.get();
        }
        assertThat(turns.waiting("m")).isZero();
        assertThat(turns.busy(KEY)).isFalse();
    }

    private void takeATurn() {
        try (Turns.Turn turn = turns.enter(KEY)) {
            turn.await(Caller.PATIENT);
        }
    }

    private void assertWaiting(int expected) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (turns.waiting("m") != expected && System.nanoTime() < end) {
            Thread.sleep(1);
        }
        assertThat(turns.waiting("m")).isEqualTo(expected);
    }
}
