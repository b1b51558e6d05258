package io.tidegate.inference;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Batch.Input;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.train.Softmax;
import io.tidegate.registry.Lease;
import java.util.Arrays;
import java.util.EnumSet;
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
        int steps = window(vocabulary);
        for (int from = 0; from < batch.sequences(); ) {
            int to = from + 1;
            while (to < batch.sequences() && batch.offsets()[to + 1] - batch.offsets()[from] <= steps) {
                to++;
            }
            if (batch.offsets()[to] - batch.offsets()[from] <= steps) {
                together(lease, batch, from, to, scores, caller);
            } else {
                alone(lease, batch, from, scores, caller);
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
        float[] logits = runner.run(
                        lease,
                        new Batch(new Input.Tokens(ids), offsets),
                        lease.network().zeroStates(to - from),
                        Set.of(Output.STEP_LOGITS),
                        caller)
                .stepLogits();
        int vocabulary = logits.length / ids.length;
        for (int b = from; b < to; b++) {
            int begin = batch.offsets()[b] - first, end = batch.offsets()[b + 1] - first;
            scores.logLikelihood()[b] = sum(0, logits, 0, vocabulary, ids, begin, end - 1);
            System.arraycopy(logits, (end - 1) * vocabulary, scores.nextLogits(), b * vocabulary, vocabulary);
        }
    }

    /** One long text. */
    private void alone(Lease lease, Batch batch, int b, Scores scores, Caller caller) {
        int[] ids = Arrays.copyOfRange(ids(batch), batch.offsets()[b], batch.offsets()[b + 1]);
        Read read = read(lease, ids, lease.network().zeroStates(1), 0, false, caller);
        scores.logLikelihood()[b] = read.logLikelihood();
        System.arraycopy(
                read.nextLogits(), 0, scores.nextLogits(), b * read.nextLogits().length, read.nextLogits().length);
    }

    /**
     * What came of reading on in a text.
     *
     * @param logLikelihood of the text so far, in nats
     * @param nextLogits after the last character, [vocabulary]
     * @param hidden the top layer's output at each step, [steps, H]; empty if it isn't wanted
     */
    public record Read(double logLikelihood, float[] nextLogits, float[] hidden) {}

    /**
     * Reads characters of one text, a window after the other.
     *
     * @param states before them; when this returns, after them
     * @param logLikelihood of the text up to the first of them
     */
    public Read read(Lease lease, int[] ids, States states, double logLikelihood, boolean wantsHidden, Caller caller) {
        NetworkConfig config = lease.version().card().config();
        int vocabulary = config.outputs(), size = config.topLayer().outputSize(), window = window(vocabulary);
        Set<Output> wanted =
                wantsHidden ? EnumSet.of(Output.STEP_LOGITS, Output.HIDDEN) : EnumSet.of(Output.STEP_LOGITS);
        float[] hidden = new float[wantsHidden ? Math.multiplyExact(ids.length, size) : 0];
        float[] next = new float[vocabulary];
        double sum = logLikelihood;
        for (int from = 0; from < ids.length; from += window) {
            int to = Math.min(ids.length, from + window);
            Batch part = Batch.single(new Input.Tokens(Arrays.copyOfRange(ids, from, to)));
            Outputs outputs = runner.run(lease, part, states, wanted, caller);
            sum = sum(sum, outputs.stepLogits(), from, vocabulary, ids, from, Math.min(to, ids.length - 1));
            if (wantsHidden) {
                System.arraycopy(outputs.hidden(), 0, hidden, from * size, outputs.hidden().length);
            }
            System.arraycopy(outputs.stepLogits(), (to - from - 1) * vocabulary, next, 0, vocabulary);
        }
        return new Read(sum, next, hidden);
    }

    private static int window(int vocabulary) {
        return Math.max(1, LOGITS_AT_ONCE / vocabulary);
    }

    private static int[] ids(Batch batch) {
        return ((Input.Tokens) batch.input()).ids();
    }

    /**
     * Adds log p of the characters that follow positions from … to − 1.
     *
     * @param first position of the first row of logits
     */
    private static double sum(double before, float[] logits, int first, int vocabulary, int[] ids, int from, int to) {
        double sum = before;
        for (int t = from; t < to; t++) {
            sum += logProbability(logits, (t - first) * vocabulary, vocabulary, ids[t + 1]);
        }
        return sum;
    }

    /** log p of a token under the logits of the step before it, in nats. */
    public static double logProbability(float[] logits, int from, int vocabulary, int id) {
        return logits[from + id] - Softmax.logSumExp(logits, from, vocabulary);
    }
}
