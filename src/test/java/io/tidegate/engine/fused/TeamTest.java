package io.tidegate.engine.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TeamTest {

    private final AtomicLong clock = new AtomicLong();

    /** For which every rest is over. */
    private long later() {
        return clock.addAndGet(10_000_000_000L);
    }

    @Test
    void aPartThatFailsLetsTheOthersGoAndTheHelpersWorkOn() {
        try (Team team = new Team(3, this::later)) {
            assertThat(team.take()).isTrue();
            assertThatThrownBy(() -> team.runAndGiveBack(3, part -> {
                        if (part.id() == 2) {
                            throw new IllegalArgumentException("part 2 can't");
                        }
                        part.arriveAndAwait(); // for one that never comes
                    }))
                    .isInstanceOf(RuntimeException.class);

            AtomicInteger ran = new AtomicInteger();
            for (int n = 0; n < 1_000; n++) {
                assertThat(team.take()).isTrue();
                team.runAndGiveBack(3, part -> {
                    part.arriveAndAwait();
                    ran.incrementAndGet();
                });
            }
            assertThat(ran).hasValue(3_000);
        }
    }

    @Test
    void oneRunHasTheHelpersAtATime() {
        try (Team team = new Team(2, this::later);
                Team alone = new Team(1)) {
            assertThat(team.take()).isTrue();
            assertThat(team.take()).isFalse();
            team.runAndGiveBack(2, part -> {});
            assertThat(team.take()).isTrue();
            assertThat(alone.take()).isFalse();
        }
    }

    @Test
    void whereOthersNeedTheCoresNobodyHasTheHelpersForAWhile() {
        try (Team team = new Team(2, clock::get)) {
            for (long rest : new long[] {1_000_000, 2_000_000, 4_000_000}) {
                assertThat(team.take()).isTrue();
                team.runAndGiveBack(2, part -> {
                    for (int step = 0; step < 2; step++) {
                        if (part.id() == 1) {
                            pause(); // as if it had lost its core
                        }
                        part.arriveAndAwait();
                    }
                });
                clock.addAndGet(rest - 1);
                assertThat(team.take()).isFalse();
                clock.addAndGet(1);
            }
            assertThat(team.take()).isTrue();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
