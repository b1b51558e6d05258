package io.tidegate.oip;

import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.train.Softmax;
import io.tidegate.inference.LanguageScorer.Scores;
import io.tidegate.inference.Predictor;
import io.tidegate.oip.InferResponse.Tensor;
import io.tidegate.registry.ModelVersion.Card;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a run gave, as tensors.
 *
 * @param offsets where each sequence's steps begin, and their total number last, [sequences + 1]
 * @param steps to which results for each step are padded, with zeros
 * @param outputs with what the tensors asked for need
 * @param states after each sequence
 * @param scores of a language model, where its own outputs are asked for
 */
record Results(
        Card card,
        int[] offsets,
        int steps,
        Outputs outputs,
        States states,
        @Nullable Scores scores) {

    Tensor tensor(String name) {
        return switch (name) {
            case Signature.PROBABILITIES -> probabilities(name, outputs.logits());
            case Signature.LABEL -> labels(name);
            case Signature.VALUES -> values(name);
            case Signature.LOG_LIKELIHOOD -> logLikelihood(name);
            case Signature.NEXT_PROBABILITIES ->
                probabilities(name, Objects.requireNonNull(scores).nextLogits());
            case Signature.HIDDEN -> hidden(name);
            case Signature.FINAL_HIDDEN -> finalState(name, 0);
            case Signature.FINAL_CELL -> finalState(name, 1);
            default -> throw new IllegalStateException("no output '" + name + "'");
        };
    }

    private int sequences() {
        return offsets.length - 1;
    }

    private int width() {
        return card.config().outputs();
    }

    /** @param logits [batch, K] */
    private Tensor probabilities(String name, float[] logits) {
        float[] all = new float[logits.length];
        for (int from = 0; from < logits.length; from += width()) {
            double[] row = Softmax.probabilities(logits, from, width());
            for (int k = 0; k < row.length; k++) {
                all[from + k] = (float) row[k];
            }
        }
        return new Tensor(name, all, sequences(), width());
    }

    private Tensor labels(String name) {
        List<String> known = ((ModelOutput.Labels) card.descriptor().output()).labels();
        String[] labels = new String[sequences()];
        for (int b = 0; b < labels.length; b++) {
            labels[b] = Predictor.label(known, outputs.logits(), b * width());
        }
        return new Tensor(name, Datatype.BYTES, List.of(labels.length), labels);
    }

    /** In the user's units. */
    private Tensor values(String name) {
        ModelOutput.Values described = (ModelOutput.Values) card.descriptor().output();
        float[] values = new float[outputs.logits().length];
        for (int k = 0; k < values.length; k++) {
            values[k] = (float) described.scale().fromNetwork(outputs.logits()[k], k % width());
        }
        return new Tensor(name, values, sequences(), width());
    }

    private Tensor logLikelihood(String name) {
        float[] sums = new float[sequences()];
        for (int b = 0; b < sums.length; b++) {
            sums[b] = (float) Objects.requireNonNull(scores).logLikelihood()[b];
        }
        return new Tensor(name, sums, sums.length);
    }

    /** [batch, steps, H·directions], zero after a sequence's end. */
    private Tensor hidden(String name) {
        int size = card.config().topLayer().outputSize();
        float[] padded = new float[sequences() * steps * size];
        for (int b = 0; b < sequences(); b++) {
            int from = offsets[b] * size;
            System.arraycopy(outputs.hidden(), from, padded, b * steps * size, (offsets[b + 1] - offsets[b]) * size);
        }
        return new Tensor(name, padded, sequences(), steps, size);
    }

    /** @param part 0 for h, 1 for c, which alternate in a state's row; [batch, layers·directions, H] */
    private Tensor finalState(String name, int part) {
        List<LayerConfig> layers = card.config().layers();
        int directions = layers.stream().mapToInt(LayerConfig::directions).sum();
        int H = layers.getFirst().hiddenSize();
        float[] states = new float[sequences() * directions * H];
        for (int k = 0; k < states.length; k++) {
            int row = k / (directions * H), direction = k / H % directions, j = k % H;
            states[k] = (float) this.states.get(row, (2 * direction + part) * H + j);
        }
        return new Tensor(name, states, sequences(), directions, H);
    }
}
