package io.tidegate.sequences;

import io.tidegate.core.engine.States;
import io.tidegate.core.network.NetworkConfig;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where things are in a model's rows: the header, the head's output after the last step [K], the state, and, where an answer that
 * may be asked for again had it, the top layer's output at each step of the last request [steps, H].
 */
record Layout(int outputs, int stateSize, States.Precision precision, int hiddenSize) {

    static Layout of(NetworkConfig config, States.Precision precision) {
        return new Layout(
                config.outputs(),
                config.stateSize(),
                precision,
                config.topLayer().outputSize());
    }

    private long stateAt() {
        return SequenceRow.HEADER + (4L * outputs + 7) / 8 * 8;
    }

    private long stateBytes() {
        return (long) stateSize * precision.bytes();
    }

    /** Of a row without the top layer's output at each step. */
    long bytes() {
        return (stateAt() + stateBytes() + 7) / 8 * 8;
    }

    SequenceRow row(int hiddenSteps) {
        return SequenceRow.ofBytes(bytes() + 4L * hiddenSteps * hiddenSize);
    }

    /** Whether a row can be one of this model in this engine. */
    boolean fits(SequenceRow row) {
        return row.bytes() >= bytes();
    }

    /** The state, in place. */
    States states(SequenceRow row) {
        return new States(row.memory().asSlice(stateAt(), stateBytes()), precision, 1, stateSize);
    }

    float[] logits(SequenceRow row) {
        return floats(row, SequenceRow.HEADER, outputs);
    }

    void logits(SequenceRow row, float[] logits) {
        MemorySegment.copy(logits, 0, row.memory(), ValueLayout.JAVA_FLOAT, SequenceRow.HEADER, outputs);
    }

    void hidden(SequenceRow row, float[] hidden) {
        MemorySegment.copy(hidden, 0, row.memory(), ValueLayout.JAVA_FLOAT, bytes(), hidden.length);
    }

    /** The top layer's output at each step of the last request: kept, or after a single step the state's own. */
    float[] hidden(SequenceRow row) {
        int steps = row.requestSteps();
        if (row.bytes() >= bytes() + 4L * steps * hiddenSize) {
            return floats(row, bytes(), steps * hiddenSize);
        }
        if (steps > 1) {
            return new float[0];
        }
        States states = states(row);
        float[] h = new float[hiddenSize];
        for (int j = 0; j < hiddenSize; j++) {
            h[j] = (float) states.get(0, stateSize - 2 * hiddenSize + j);
        }
        return h;
    }

    private static float[] floats(SequenceRow row, long at, int count) {
        float[] floats = new float[count];
        MemorySegment.copy(row.memory(), ValueLayout.JAVA_FLOAT, at, floats, 0, count);
        return floats;
    }
}
