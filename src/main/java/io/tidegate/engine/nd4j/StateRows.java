package io.tidegate.engine.nd4j;

import io.tidegate.core.engine.Schedule;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.NetworkConfig;

/**
 * The way between a batch's states as the caller has them, a row of h and c of each direction for each sequence, and as the
 * directions carry them: c and h apart, sequences by length. Gradients with respect to states go the same way.
 */
final class StateRows {

    /** Takes the c and h of one direction, [2, sequences, H]. */
    interface Receiver {
        void accept(float[] cAndH, int sequences);
    }

    private final Schedule schedule;
    private final int size;

    StateRows(Schedule schedule, NetworkConfig config) {
        this.schedule = schedule;
        this.size = config.stateSize();
    }

    float[] zeros() {
        return new float[schedule.sequences() * size];
    }

    float[] read(States states) {
        float[] rows = zeros();
        for (int b = 0; b < schedule.sequences(); b++) {
            for (int k = 0; k < size; k++) {
                rows[b * size + k] = (float) states.get(b, k);
            }
        }
        return rows;
    }

    void write(float[] rows, States states) {
        for (int b = 0; b < schedule.sequences(); b++) {
            for (int k = 0; k < size; k++) {
                states.set(b, k, rows[b * size + k]);
            }
        }
    }

    /**
     * @param at where the direction's h begins in a row, and behind it its c
     * @return where the next direction's begins
     */
    int take(float[] rows, int at, int H, Receiver receiver) {
        int n = schedule.sequences();
        float[] cAndH = new float[2 * n * H];
        for (int s = 0; s < n; s++) {
            int row = schedule.sequence(s) * size + at;
            System.arraycopy(rows, row, cAndH, (n + s) * H, H);
            System.arraycopy(rows, row + H, cAndH, s * H, H);
        }
        receiver.accept(cAndH, n);
        return at + 2 * H;
    }

    /** The way back from {@link #take}. */
    int put(float[] cAndH, int H, float[] rows, int at) {
        int n = schedule.sequences();
        for (int s = 0; s < n; s++) {
            int row = schedule.sequence(s) * size + at;
            System.arraycopy(cAndH, (n + s) * H, rows, row, H);
            System.arraycopy(cAndH, s * H, rows, row + H, H);
        }
        return at + 2 * H;
    }
}
