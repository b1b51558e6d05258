package io.tidegate.engine.fused;

import io.tidegate.core.engine.Schedule;
import java.util.ArrayList;
import java.util.List;

/** Where a training batch's steps and states lie: states begin with a row for each sequence's initial one. */
final class TrainingSchedule {

    /** Rows that lie together both among the steps and among the states before them. */
    record Run(int row, int before, int count) {}

    private final Schedule schedule;
    private final int[] bounds; // of the shards, among the sequences from long to short

    TrainingSchedule(Schedule schedule, int shards) {
        this.schedule = schedule;
        this.bounds = new int[shards + 1];
        long all = rows(), seen = 0;
        int shard = 1;
        for (int s = 0; s < schedule.sequences(); s++) {
            seen += schedule.length(s);
            while (shard < shards && seen * shards >= all * shard) {
                bounds[shard++] = s + 1;
            }
        }
        while (shard <= shards) {
            bounds[shard++] = schedule.sequences();
        }
    }

    Schedule schedule() {
        return schedule;
    }

    int sequences() {
        return schedule.sequences();
    }

    int rows() {
        return schedule.rows(schedule.whole());
    }

    int first(int shard) {
        return bounds[shard];
    }

    /** How many of a shard's sequences have a step {@code t}. */
    int active(int shard, int t) {
        return Math.max(0, Math.min(bounds[shard + 1], schedule.active(t)) - bounds[shard]);
    }

    /** The row of a shard's first sequence at step {@code t}. */
    int row(int shard, int t) {
        return schedule.row(t) + bounds[shard];
    }

    /** Among the states: the one before that. */
    int before(int shard, int t) {
        return before(t) + bounds[shard];
    }

    /** Among the states: the one after. */
    int after(int shard, int t) {
        return sequences() + row(shard, t);
    }

    private int before(int t) {
        return t == 0 ? 0 : sequences() + schedule.row(t - 1);
    }

    /** All rows in runs of at most so many. */
    List<Run> runs(int most) {
        List<Run> runs = new ArrayList<>();
        int row = 0, before = 0, count = 0;
        for (int t = 0; t < schedule.steps(); t++) {
            int active = schedule.active(t);
            if (count > 0 && (before(t) != before + count || count + active > most)) {
                runs.add(new Run(row, before, count));
                count = 0;
            }
            if (count == 0) {
                row = schedule.row(t);
                before = before(t);
            }
            count += active;
        }
        runs.add(new Run(row, before, count));
        return runs;
    }
}
