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

    public Scores score(Lease lease, Batch batch) {
        int vocabulary = lease.version().card().config().outputs();
        int[] ids = ((Input.Tokens) batch.input()).ids();
        double[] logLikelihood = new double[batch.sequences()];
        float[] nextLogits = new float[Math.multiplyExact(batch.sequences(), vocabulary)];

        boolean together = (long) batch.totalSteps() * vocabulary <= LOGITS_AT_ONCE;
        if (together) {
            float[] logits = run(lease, batch, lease.network().zeroStates(batch.sequences()));
            for (int b = 0; b < batch.sequences(); b++) {
                int from = batch.offsets()[b], to = batch.offsets()[b + 1];
                logLikelihood[b] = sum(logits, 0, ids, from, to, batch.offsets()[b + 1], vocabulary);
                System.arraycopy(logits, (to - 1) * vocabulary, nextLogits, b * vocabulary, vocabulary);
            }
            return new Scores(logLikelihood, nextLogits);
        }

        int window = Math.max(1, LOGITS_AT_ONCE / vocabulary);
        for (int b = 0; b < batch.sequences(); b++) {
            States states = lease.network().zeroStates(1);
            int end = batch.offsets()[b + 1];
            for (int from = batch.offsets()[b]; from < end; from += window) {
                int to = Math.min(end, from + window);
                Batch part = Batch.single(new Input.Tokens(Arrays.copyOfRange(ids, from, to)));
                float[] logits = run(lease, part, states);
                logLikelihood[b] += sum(logits, from, ids, from, to, end, vocabulary);
                System.arraycopy(logits, (to - from - 1) * vocabulary, nextLogits, b * vocabulary, vocabulary);
            }
        }
        return new Scores(logLikelihood, nextLogits);
    }

    private float[] run(Lease lease, Batch batch, States states) {
        return runner.run(lease, batch, states, Set.of(Output.STEP_LOGITS)).stepLogits();
    }

    /**
     * Σ log p of the characters that follow positions from … to − 1 of their text.
     *
     * @param first position of the first row of logits
     * @param end of the text: what follows its last character isn't known
     */
    private static double sum(float[] logits, int first, int[] ids, int from, int to, int end, int vocabulary) {
        double sum = 0;
        for (int t = from; t < Math.min(to, end - 1); t++) {
            sum += logProbability(logits, (t - first) * vocabulary, vocabulary, ids[t + 1]);
        }
        return sum;
    }

    static double logProbability(float[] logits, int from, int vocabulary, int id) {
        return logits[from + id] - Softmax.logSumExp(logits, from, vocabulary);
    }
}
