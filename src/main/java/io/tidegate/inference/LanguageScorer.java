package io.tidegate.inference;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Batch.Input;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.States;
import io.tidegate.core.train.Softmax;
import io.tidegate.registry.Lease;
import java.util.Arrays;
import java.util.Set;

/** Scores texts under a language model, long ones in windows, so that memory doesn't grow with a text's length. */
public final class LanguageScorer {

    private static final int LOGITS_AT_ONCE = 1 << 20;

    /**
     * @param logLikelihood of characters 2 … n given those before, in nats, [texts]
     * @param nextLogits after the last character, [texts, vocabulary]
     */
    public record Scores(double[] logLikelihood, float[] nextLogits) {}

    private final Runner runner;

    public LanguageScorer(Runner runner) {
        this.runner = runner;
    }

    public Scores score(Lease lease, Batch batch, Caller caller) {
        int vocabulary = lease.version().card().config().outputs();
        Scores scores =
                new Scores(new double[batch.sequences()], new float[Math.multiplyExact(batch.sequences(), vocabulary)]);
        int steps = Math.max(1, LOGITS_AT_ONCE / vocabulary);
        for (int from = 0; from < batch.sequences(); ) {
            int to = from + 1;
            while (to < batch.sequences() && batch.offsets()[to + 1] - batch.offsets()[from] <= steps) {
                to++;
            }
            if (batch.offsets()[to] - batch.offsets()[from] <= steps) {
                together(lease, batch, from, to, scores, caller);
            } else {
                byWindows(lease, batch, from, steps, scores, caller);
            }
            from = to;
        }
        return scores;
    }

    /** Texts from … to − 1 in one run. */
    private void together(Lease lease, Batch batch, int from, int to, Scores scores, Caller caller) {
        int first = batch.offsets()[from];
        int[] offsets = Arrays.stream(batch.offsets(), from, to + 1)
                .map(at -> at - first)
                .toArray();
        int[] ids = Arrays.copyOfRange(ids(batch), first, batch.offsets()[to]);
        float[] logits = run(
                lease,
                new Batch(new Input.Tokens(ids), offsets),
                lease.network().zeroStates(to - from),
                caller);
        for (int b = from; b < to; b++) {
            int end = batch.offsets()[b + 1];
            add(scores, b, logits, first, ids(batch), batch.offsets()[b], end, end);
        }
    }

    /** One long text, a window after the other. */
    private void byWindows(Lease lease, Batch batch, int b, int window, Scores scores, Caller caller) {
        States states = lease.network().zeroStates(1);
        int end = batch.offsets()[b + 1];
        for (int from = batch.offsets()[b]; from < end; from += window) {
            int to = Math.min(end, from + window);
            Batch part = Batch.single(new Input.Tokens(Arrays.copyOfRange(ids(batch), from, to)));
            add(scores, b, run(lease, part, states, caller), from, ids(batch), from, to, end);
        }
    }

    private static int[] ids(Batch batch) {
        return ((Input.Tokens) batch.input()).ids();
    }

    private float[] run(Lease lease, Batch batch, States states, Caller caller) {
        return runner.run(lease, batch, states, Set.of(Output.STEP_LOGITS), caller)
                .stepLogits();
    }

    /**
     * Adds Σ log p of the characters that follow positions from … to − 1 of text b, and keeps the logits after the last.
     *
     * @param first position of the first row of logits
     * @param end of the text: what follows its last character isn't known
     */
    private static void add(Scores scores, int b, float[] logits, int first, int[] ids, int from, int to, int end) {
        int vocabulary = scores.nextLogits().length / scores.logLikelihood().length;
        for (int t = from; t < Math.min(to, end - 1); t++) {
            scores.logLikelihood()[b] += logProbability(logits, (t - first) * vocabulary, vocabulary, ids[t + 1]);
        }
        System.arraycopy(logits, (to - first - 1) * vocabulary, scores.nextLogits(), b * vocabulary, vocabulary);
    }

    /** log p of a token under the logits of the step before it, in nats. */
    public static double logProbability(float[] logits, int from, int vocabulary, int id) {
        return logits[from + id] - Softmax.logSumExp(logits, from, vocabulary);
    }
}
