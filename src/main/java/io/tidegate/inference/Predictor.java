package io.tidegate.inference;

import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Task;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Batch.Input;
import io.tidegate.core.engine.Output;
import io.tidegate.core.train.Softmax;
import io.tidegate.registry.Lease;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Predictions in a model's own terms: labels with probabilities, values in their units, characters. */
public final class Predictor {

    private static final int BYTES_PER_SCORE = 64; // of an entry with its number, as an object

    private final Runner runner;
    private final Encoder encoder;
    private final LanguageScorer scorer;

    public Predictor(Runner runner, Encoder encoder) {
        this.runner = runner;
        this.encoder = encoder;
        this.scorer = new LanguageScorer(runner);
    }

    /** One prediction for each sequence. */
    public List<Prediction> predict(Lease lease, RequestInput input, Caller caller) {
        ModelDescriptor descriptor = lease.version().card().descriptor();
        Batch batch = encoder.encode(lease.version(), input);
        runner.requireWorkingSet((long) batch.sequences() * width(lease) * BYTES_PER_SCORE);
        if (descriptor.task() == Task.LANGUAGE_MODEL) {
            Vocabulary vocabulary = new Vocabulary(descriptor);
            LanguageScorer.Scores scores = scorer.score(lease, batch, caller);
            return IntStream.range(0, batch.sequences())
                    .mapToObj(b -> nextCharacter(
                            vocabulary, scores.logLikelihood()[b], batch.length(b), scores.nextLogits(), b))
                    .toList();
        }
        float[] logits = runner.run(
                        lease, batch, lease.network().zeroStates(batch.sequences()), Set.of(Output.LOGITS), caller)
                .logits();
        return IntStream.range(0, batch.sequences())
                .mapToObj(b -> prediction(descriptor, logits, b))
                .toList();
    }

    /** For each sequence, a prediction after each of its steps, as if it ended there. */
    public List<List<Prediction>> predictEveryStep(Lease lease, RequestInput input, Caller caller) {
        ModelDescriptor descriptor = lease.version().card().descriptor();
        Batch batch = encoder.encode(lease.version(), input);
        runner.requireWorkingSet((long) batch.totalSteps() * width(lease) * BYTES_PER_SCORE);
        float[] logits = runner.run(
                        lease, batch, lease.network().zeroStates(batch.sequences()), Set.of(Output.STEP_LOGITS), caller)
                .stepLogits();
        @Nullable Vocabulary vocabulary = descriptor.task() == Task.LANGUAGE_MODEL ? new Vocabulary(descriptor) : null;
        List<List<Prediction>> all = new ArrayList<>();
        for (int b = 0; b < batch.sequences(); b++) {
            List<Prediction> steps = new ArrayList<>(batch.length(b));
            double logLikelihood = 0;
            for (int t = 0; t < batch.length(b); t++) {
                int row = batch.offsets()[b] + t;
                if (vocabulary == null) {
                    steps.add(prediction(descriptor, logits, row));
                    continue;
                }
                if (t > 0) {
                    int id = ((Input.Tokens) batch.input()).ids()[row];
                    logLikelihood += LanguageScorer.logProbability(logits, (row - 1) * width(lease), width(lease), id);
                }
                steps.add(nextCharacter(vocabulary, logLikelihood, t + 1, logits, row));
            }
            all.add(steps);
        }
        return all;
    }

    private static int width(Lease lease) {
        return lease.version().card().config().outputs();
    }

    private static Prediction prediction(ModelDescriptor descriptor, float[] logits, int row) {
        return switch (descriptor.output()) {
            case ModelOutput.Labels(List<String> labels) -> {
                double[] p = Softmax.probabilities(logits, row * labels.size(), labels.size());
                Map<String, Double> scores = LinkedHashMap.newLinkedHashMap(labels.size());
                for (int k = 0; k < p.length; k++) {
                    scores.put(labels.get(k), p[k]);
                }
                yield new Prediction.Classification(label(labels, logits, row * labels.size()), scores);
            }
            case ModelOutput.Values values ->
                new Prediction.Regression(IntStream.range(0, values.size())
                        .mapToObj(k -> values.scale().fromNetwork(logits[row * values.size() + k], k))
                        .toList());
            case ModelOutput.NextCharacter _ ->
                throw new IllegalStateException("a language model's scores need its text");
            case ModelOutput.Captions _ -> throw new IllegalStateException("a captioner has no logits of its own");
        };
    }

    /** The most probable label; empty where the logits have overflowed, so that none is. */
    public static String label(List<String> labels, float[] logits, int from) {
        float most = logits[from];
        for (int k = 1; k < labels.size(); k++) {
            most = Math.max(most, logits[from + k]); // NaN where one is
        }
        return Float.isFinite(most) ? labels.get(Softmax.argMax(logits, from, labels.size())) : "";
    }

    private static Prediction nextCharacter(
            Vocabulary vocabulary, double logLikelihood, int characters, float[] logits, int row) {
        double[] p = Softmax.probabilities(logits, row * vocabulary.size(), vocabulary.size());
        Map<String, Double> next = LinkedHashMap.newLinkedHashMap(p.length);
        IntStream.range(0, p.length)
                .boxed()
                .sorted(Comparator.comparingDouble(k -> -p[k]))
                .forEach(k -> next.put(vocabulary.character(k), p[k]));
        @Nullable Double bits = characters > 1 ? -logLikelihood / ((characters - 1) * Math.log(2)) : null;
        return new Prediction.NextCharacter(logLikelihood, bits, next);
    }
}
