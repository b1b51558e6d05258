package io.tidegate.engine.nd4j;

import io.tidegate.core.engine.Schedule;
import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.LayerConfig;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Dropout's factors for one batch, in the order in which it is worked through. */
final class DropoutMasks {

    private final Dropout dropout;
    private final Schedule schedule;

    DropoutMasks(Dropout dropout, Schedule schedule) {
        this.dropout = dropout;
        this.schedule = schedule;
    }

    /** For a layer's whole output, with the 1 behind each row left as it is: [rows, size + 1]; null if nothing is dropped. */
    @Nullable
    INDArray ofOutput(int layer, int size, Memory memory) {
        if (dropout.isNone()) {
            return null;
        }
        int rows = schedule.rows(schedule.whole());
        float[] mask = new float[Math.multiplyExact(rows, size + 1)];
        int row = 0;
        for (int t = 0; t < schedule.steps(); t++) {
            for (int s = 0; s < schedule.active(t); s++, row++) {
                put(factors(layer, s, t, size), 0, size, mask, row * (size + 1));
                mask[row * (size + 1) + size] = 1;
            }
        }
        return memory.copyOf(mask, rows, size + 1L);
    }

    /**
     * For what the head reads of whole sequences: the forward half at the last step, the backward half at step 0. Sequences
     * from long to short, [sequences, size + 1]; null if nothing is dropped.
     */
    float @Nullable [] ofSummary(int layer, LayerConfig top) {
        if (dropout.isNone()) {
            return null;
        }
        int size = top.outputSize(), H = top.hiddenSize();
        float[] mask = new float[schedule.sequences() * (size + 1)];
        for (int s = 0; s < schedule.sequences(); s++) {
            int row = s * (size + 1);
            put(factors(layer, s, schedule.length(s) - 1, size), 0, H, mask, row);
            put(factors(layer, s, 0, size), H, size, mask, row);
            mask[row + size] = 1;
        }
        return mask;
    }

    private double[] factors(int layer, int s, int t, int size) {
        return dropout.factors(layer, schedule.step(s, t), size);
    }

    private static void put(double[] factors, int from, int to, float[] mask, int row) {
        for (int j = from; j < to; j++) {
            mask[row + j] = (float) factors[j];
        }
    }
}
