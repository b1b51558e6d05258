package io.tidegate.core.engine;

import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.SequenceInput;
import java.util.Arrays;

/**
 * Sequences of any lengths, one after the other, without padding.
 *
 * @param input what they read, [total steps]
 * @param offsets where each begins, and the total number of steps last, [sequences + 1]
 */
public record Batch(Input input, int[] offsets) {

    /** What a batch's sequences read at each step. */
    public sealed interface Input {

        /** Number of steps of all sequences together. */
        int totalSteps();

        /** @param values [total steps, size] */
        record Features(float[] values, int size) implements Input {
            public Features {
                if (values.length % size != 0) {
                    throw new IllegalArgumentException(
                            "features: expected a multiple of " + size + " values, got " + values.length);
                }
            }

            @Override
            public int totalSteps() {
                return values.length / size;
            }
        }

        /** @param ids [total steps] */
        record Tokens(int[] ids) implements Input {
            @Override
            public int totalSteps() {
                return ids.length;
            }
        }
    }

    public Batch {
        if (offsets.length < 2 || offsets[0] != 0 || offsets[offsets.length - 1] != input.totalSteps()) {
            throw new IllegalArgumentException("batch: expected offsets from 0 to " + input.totalSteps() + " steps");
        }
        for (int b = 1; b < offsets.length; b++) {
            if (offsets[b] <= offsets[b - 1]) {
                throw new IllegalArgumentException("batch: expected at least one step in each sequence, sequence "
                        + (b - 1) + " has " + (offsets[b] - offsets[b - 1]));
            }
        }
    }

    /** A batch of sequences of one length. */
    public static Batch uniform(Input input, int sequences) {
        int steps = Math.divideExact(input.totalSteps(), sequences);
        int[] offsets = new int[sequences + 1];
        for (int b = 0; b <= sequences; b++) {
            offsets[b] = b * steps;
        }
        return new Batch(input, offsets);
    }

    public static Batch single(Input input) {
        return uniform(input, 1);
    }

    public int sequences() {
        return offsets.length - 1;
    }

    public int totalSteps() {
        return input.totalSteps();
    }

    public int length(int sequence) {
        return offsets[sequence + 1] - offsets[sequence];
    }

    /** Its sequences {@code from … to}, as a batch of their own. */
    public Batch part(int from, int to) {
        int first = offsets[from], last = offsets[to];
        Input own = switch (input) {
            case Input.Features(float[] values, int size) ->
                new Input.Features(Arrays.copyOfRange(values, first * size, last * size), size);
            case Input.Tokens(int[] ids) -> new Input.Tokens(Arrays.copyOfRange(ids, first, last));
        };
        int[] ends = Arrays.copyOfRange(offsets, from, to + 1);
        for (int b = 0; b < ends.length; b++) {
            ends[b] -= first;
        }
        return new Batch(own, ends);
    }

    /** One sequence, as a {@link io.tidegate.core.network.Network} reads it. */
    public SequenceInput sequence(int sequence) {
        return sequence(sequence, 0, length(sequence));
    }

    /** Its steps {@code from … to}. */
    public SequenceInput sequence(int sequence, int from, int to) {
        int first = offsets[sequence] + from, steps = to - from;
        return switch (input) {
            case Input.Tokens(int[] ids) -> new SequenceInput.OneHot(Arrays.copyOfRange(ids, first, first + steps));
            case Input.Features(float[] values, int size) -> {
                double[][] x = new double[steps][];
                for (int t = 0; t < steps; t++) {
                    x[t] = Floats.doubles(values, (first + t) * size, size);
                }
                yield new SequenceInput.Features(x);
            }
        };
    }

    /** Refuses what doesn't fit a network: another kind of input, another number of features, a token beyond the vocabulary. */
    public void requireFits(InputConfig expected) {
        switch (expected) {
            case InputConfig.Features(int size) -> {
                if (!(input instanceof Input.Features features) || features.size() != size) {
                    throw new IllegalArgumentException(
                            "batch: expected " + size + " features per step, got " + describe());
                }
            }
            case InputConfig.Tokens(int vocabulary, int embedding) -> {
                if (!(input instanceof Input.Tokens(int[] ids))) {
                    throw new IllegalArgumentException("batch: expected tokens, got " + describe());
                }
                for (int step = 0; step < ids.length; step++) {
                    if (ids[step] < 0 || ids[step] >= vocabulary) {
                        throw new IllegalArgumentException("batch: expected tokens from 0 to " + (vocabulary - 1)
                                + ", step " + step + " has " + ids[step]);
                    }
                }
            }
        }
    }

    private String describe() {
        return switch (input) {
            case Input.Features features -> features.size() + " features per step";
            case Input.Tokens tokens -> "tokens";
        };
    }
}
