package io.tidegate.inference;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Batch.Input;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.NetworkConfig;
import java.util.ArrayList;
import java.util.List;

/** The next steps of several requests' sequences, as one batch. */
final class Slices {

    private final List<Work> together;
    private final int most;
    private final List<Slice> slices;
    private long inputsReady, engineDone; // as System.nanoTime

    /**
     * @param together requests that want the same outputs
     * @param most steps of each sequence
     */
    private Slices(List<Work> together, int most, List<Slice> slices) {
        this.together = together;
        this.most = most;
        this.slices = slices;
    }

    /** Steps from … to − 1 of a request's sequence. */
    record Slice(Work work, int sequence, int from, int to) {
        int steps() {
            return to - from;
        }

        /** Where it begins among all steps of its request. */
        int first() {
            return work.batch.offsets()[sequence] + from;
        }

        boolean isLast() {
            return to == work.batch.length(sequence);
        }
    }

    static Slices of(List<Work> together, int most) {
        List<Slice> slices = new ArrayList<>();
        for (Work work : together) {
            for (int b = 0; b < work.batch.sequences(); b++) {
                int length = work.batch.length(b);
                if (work.position < length) {
                    slices.add(new Slice(work, b, work.position, work.end(length, most)));
                }
            }
        }
        return new Slices(together, most, slices);
    }

    int rows() {
        return slices.size();
    }

    long steps() {
        long steps = 0;
        for (Slice slice : slices) {
            steps += slice.steps();
        }
        return steps;
    }

    /** When the engine had its inputs, as {@link System#nanoTime}; of the last run. */
    long inputsReady() {
        return inputsReady;
    }

    /** When the engine was through, likewise. */
    long engineDone() {
        return engineDone;
    }

    /** Runs them, and hands out results and states; throws before anything has changed. */
    void run(LoadedNetwork network) {
        Work only = together.getFirst();
        if (together.size() == 1 && only.position == 0 && only.longest <= most) { // as it came
            inputsReady = System.nanoTime();
            Outputs outputs = network.run(only.batch, only.states, only.wanted);
            engineDone = System.nanoTime();
            only.gathered(outputs);
            return;
        }
        NetworkConfig config = network.config();
        States states = network.zeroStates(slices.size());
        for (int s = 0; s < slices.size(); s++) {
            Slice slice = slices.get(s);
            slice.work().states.copyRow(slice.sequence(), states, s);
        }
        Batch batch = batch();
        inputsReady = System.nanoTime();
        Outputs outputs = network.run(batch, states, only.wanted);
        engineDone = System.nanoTime();
        handOut(outputs, states, config);
        together.forEach(work -> work.position = work.end(work.longest, most));
    }

    private Batch batch() {
        int[] offsets = new int[slices.size() + 1];
        for (int s = 0; s < slices.size(); s++) {
            offsets[s + 1] = Math.addExact(offsets[s], slices.get(s).steps());
        }
        int steps = offsets[slices.size()];
        return switch (together.getFirst().batch.input()) {
            case Input.Features(float[] _, int size) -> {
                float[] values = new float[Math.multiplyExact(steps, size)];
                for (int s = 0; s < slices.size(); s++) {
                    Slice slice = slices.get(s);
                    float[] from = ((Input.Features) slice.work().batch.input()).values();
                    System.arraycopy(from, slice.first() * size, values, offsets[s] * size, slice.steps() * size);
                }
                yield new Batch(new Input.Features(values, size), offsets);
            }
            case Input.Tokens _ -> {
                int[] ids = new int[steps];
                for (int s = 0; s < slices.size(); s++) {
                    Slice slice = slices.get(s);
                    int[] from = ((Input.Tokens) slice.work().batch.input()).ids();
                    System.arraycopy(from, slice.first(), ids, offsets[s], slice.steps());
                }
                yield new Batch(new Input.Tokens(ids), offsets);
            }
        };
    }

    private void handOut(Outputs outputs, States states, NetworkConfig config) {
        int K = config.outputs(), top = config.topLayer().outputSize(), at = 0;
        for (int s = 0; s < slices.size(); s++) {
            Slice slice = slices.get(s);
            Work work = slice.work();
            Outputs into = work.gathered(config);
            states.copyRow(s, work.states, slice.sequence());
            if (work.wanted.contains(Output.LOGITS) && slice.isLast()) {
                System.arraycopy(outputs.logits(), s * K, into.logits(), slice.sequence() * K, K);
            }
            if (work.wanted.contains(Output.STEP_LOGITS)) {
                System.arraycopy(outputs.stepLogits(), at * K, into.stepLogits(), slice.first() * K, slice.steps() * K);
            }
            if (work.wanted.contains(Output.HIDDEN)) {
                System.arraycopy(outputs.hidden(), at * top, into.hidden(), slice.first() * top, slice.steps() * top);
            }
            at += slice.steps();
        }
    }
}
