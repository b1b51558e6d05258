package io.tidegate.engine.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TeamTest {

    @Test
    void aPartThatFailsLetsTheOthersGoAndTheHelpersWorkOn() {
        try (Team team = new Team(3)) {
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
        try (Team team = new Team(2);
                Team alone = new Team(1)) {
            assertThat(team.take()).isTrue();
            assertThat(team.take()).isFalse();
            team.runAndGiveBack(2, part -> {});
            assertThat(team.take()).isTrue();
            assertThat(alone.take()).isFalse();
        }
    }
}
