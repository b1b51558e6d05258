package io.tidegate.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleTest {

    /** Sequences of 2, 3 and 1 steps; a token's tens name its sequence, its ones its step. */
    private final Batch batch =
            new Batch(new Batch.Input.Tokens(new int[] {10, 11, 20, 21, 22, 30}), new int[] {0, 2, 5, 6});

    @Test
    void theSequencesStillRunningAtAStepAreItsFirstRows() {
        Schedule schedule = new Schedule(batch);
        assertThat(schedule.active(0)).isEqualTo(3);
        assertThat(schedule.active(1)).isEqualTo(2);
        assertThat(schedule.active(2)).isEqualTo(1);
        int[] rows = schedule.rows(schedule.whole(), ((Batch.Input.Tokens) batch.input()).ids());
        assertThat(rows).containsExactly(20, 10, 30, 21, 11, 22);
    }

    @Test
    void rowsFindTheirWayBack() {
        Schedule schedule = new Schedule(batch);
        float[] values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, back = new float[12];
        float[] rows = schedule.augmentedRows(schedule.whole(), values, 2, 1);
        schedule.scatter(schedule.whole(), rows, 3, back, 2);
        assertThat(back).containsExactly(values);

        float[] bySequence = {1, 2, 3, 4, 5, 6};
        assertThat(schedule.unsorted(schedule.sorted(bySequence, 2), 2)).containsExactly(bySequence);
    }

    @Test
    void blocksCoverAllStepsAndBoundTheirRows() {
        int sequences = 1000, steps = 20;
        Schedule schedule = new Schedule(Batch.uniform(new Batch.Input.Tokens(new int[sequences * steps]), sequences));
        List<Schedule.Block> blocks = schedule.blocks(schedule.whole());
        assertThat(blocks).hasSize(3).allMatch(block -> schedule.rows(block) <= 8192);
        assertThat(blocks.getFirst().from()).isZero();
        assertThat(blocks.getLast().to()).isEqualTo(steps);
        assertThat(schedule.blocks(blocks.get(1))).containsExactly(blocks.get(1));
    }
}
