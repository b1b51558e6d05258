package io.tidegate.engine.nd4j;

import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What the sequences of a batch carry through a loop over steps. It lies in the memory of the {@link Step} for so many
 * sequences as are running, and is moved only when their number changes: those that begin bring their initial state, those
 * that end leave their final one here.
 */
final class Carried<S extends Step> {

    private final INDArray states; // c and h of all sequences, or the gradient with respect to them, [2, sequences, H]
    private final IntFunction<S> newStep;
    private final Map<Integer, S> steps = new HashMap<>();
    private @Nullable S current;

    /** @param states [2, most sequences, H] */
    Carried(INDArray states, IntFunction<S> newStep) {
        this.states = states;
        this.newStep = newStep;
    }

    /** @param initial [2, sequences, H] */
    void begin(float[] initial, int sequences) {
        current = null; // of a run that failed
        try (Memory upload = new Memory()) {
            of(sequences).assign(upload.copyOf(initial, 2, sequences, states.size(2)));
        }
    }

    /** The step for n sequences, with what they carry in it. */
    S step(int n) {
        S step = current;
        if (step == null || step.sequences() != n) {
            putBack();
            step = steps.computeIfAbsent(n, newStep::apply);
            step.state().assign(of(n));
            current = step;
        }
        return step;
    }

    /** @return what {@link #begin} got, after all steps: [2, sequences, H] */
    float[] end(int sequences) {
        putBack();
        return Memory.floats(of(sequences));
    }

    private void putBack() {
        if (current != null) {
            of(current.sequences()).assign(current.state());
            current = null;
        }
    }

    private INDArray of(int sequences) {
        return Memory.slab(states, 0, sequences);
    }
}
