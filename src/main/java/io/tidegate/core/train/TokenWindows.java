package io.tidegate.core.train;

import io.tidegate.core.engine.Batch;
import java.util.Iterator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * One long text, read by several streams side by side in windows; each stream carries its state from window to window. The
 * target at each step is the next token.
 */
public final class TokenWindows implements Batches {

    private final TokenSource tokens;
    private final int streams;
    private final int window;
    private final double freshStart;
    private final long seed;

    /**
     * @param window steps per window, T
     * @param freshStart chance that a stream's window begins with the zero state instead, so that a network also learns to
     *     begin in the middle of nothing
     */
    public TokenWindows(TokenSource tokens, int streams, int window, double freshStart, long seed) {
        if (tokens.length() < (long) streams * (window + 1)) {
            throw new IllegalArgumentException("token windows: expected at least " + (long) streams * (window + 1)
                    + " tokens for " + streams + " streams of " + window + " steps, got " + tokens.length());
        }
        this.tokens = tokens;
        this.streams = streams;
        this.window = window;
        this.freshStart = freshStart;
        this.seed = seed;
    }

    @Override
    public int perEpoch() {
        return Math.toIntExact((streamLength() - 1) / window);
    }

    private long streamLength() {
        return tokens.length() / streams;
    }

    @Override
    public Iterable<TrainingBatch> epoch(int epoch) {
        return () -> {
            RandomGenerator random = Seeds.generator(seed, "streams", epoch);
            // The unused tail of the text goes first in some epochs and last in others, and windows begin elsewhere.
            int slack = (int) (streamLength() - 1 - (long) perEpoch() * window);
            int shift = random.nextInt(slack + 1);
            return batches(shift, random);
        };
    }

    private Iterator<TrainingBatch> batches(int shift, RandomGenerator random) {
        return IntStream.range(0, perEpoch())
                .mapToObj(w -> {
                    int[] ids = new int[streams * window], next = new int[streams * window];
                    boolean[] continues = new boolean[streams];
                    for (int s = 0; s < streams; s++) {
                        long from = s * streamLength() + shift + (long) w * window;
                        tokens.copy(from, ids, s * window, window);
                        tokens.copy(from + 1, next, s * window, window);
                        continues[s] = w > 0 && random.nextDouble() >= freshStart;
                    }
                    Batch batch = Batch.uniform(new Batch.Input.Tokens(ids), streams);
                    return new TrainingBatch(batch, new Targets.StepLabels(next), continues);
                })
                .iterator();
    }
}
