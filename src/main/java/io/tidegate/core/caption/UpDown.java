package io.tidegate.core.caption;

import io.tidegate.core.cell.CellState;
import io.tidegate.core.cell.StepGradient;
import io.tidegate.core.cell.Tape;
import io.tidegate.core.network.Direction;
import io.tidegate.core.network.SequenceInput;
import io.tidegate.core.network.Weights;
import io.tidegate.core.train.Score;
import java.util.List;

/**
 * At each word one LSTM chooses where to look, and a second one, which sees that, what to say.
 *
 * <pre>
 *   x¹_t = [h²_t−1; v̄; W_e w_t]           v̄: mean of the regions' features v_r, w_0 is the boundary
 *   h¹_t = LSTM¹(x¹_t, h¹_t−1)
 *   v̂_t = attention of h¹_t to v          {@link Attention}
 *   h²_t = LSTM²([v̂_t; h¹_t], h²_t−1)
 *   p(w_t+1) = softmax(W_y h²_t + b_y)
 * </pre>
 *
 * Source: Anderson et al. 2018, Bottom-Up and Top-Down Attention for Image Captioning and Visual Question Answering.
 */
final class UpDown extends Captioner {

    /** One word's forward pass. */
    private record Word(double[] x1, Tape tape1, Attention.Look look, double[] x2, Tape tape2) {}

    private final Direction lstm1;
    private final Attention attention;
    private final Direction lstm2;
    private final int H1, H2, F;

    UpDown(CaptionConfig config, Weights weights) {
        super(config, weights);
        this.lstm1 = new Direction(config.layers().get(0), weights, "_l0", false);
        this.lstm2 = new Direction(config.layers().get(1), weights, "_l1", false);
        this.attention = new Attention(
                matrix("attention.feature.weight"),
                matrix("attention.hidden.weight"),
                weights.tensor("attention.score.weight"),
                offset("attention.score.weight"));
        this.H1 = config.layers().get(0).hiddenSize();
        this.H2 = config.layers().get(1).hiddenSize();
        this.F = config.featureSize();
    }

    @Override
    public Progress begin(double[][] regions) {
        Glimpse image = new Glimpse(regions, mean(regions), attention.project(regions));
        return new Progress(image, List.of(CellState.zero(H1), CellState.zero(H2)));
    }

    @Override
    public Step read(Progress before, int token) {
        Word word = forward(before, token);
        Progress after = after(before.image(), word);
        return new Step(after, logits(word.tape2().after().h()));
    }

    private static Progress after(Glimpse image, Word word) {
        return new Progress(image, List.of(word.tape1().after(), word.tape2().after()));
    }

    private Word forward(Progress before, int token) {
        Glimpse image = before.image();
        CellState before1 = before.states().get(0), before2 = before.states().get(1);
        double[] x1 = new double[config.inputSize(0)];
        System.arraycopy(before2.h(), 0, x1, 0, H2);
        System.arraycopy(image.mean(), 0, x1, H2, F);
        embed(token, x1, H2 + F);
        Tape tape1 = lstm1.step(x1, before1);

        double[] h1 = tape1.after().h(), x2 = new double[F + H1];
        Attention.Look look = attention.look(image.regions(), image.projected(), h1);
        System.arraycopy(look.seen(), 0, x2, 0, F);
        System.arraycopy(h1, 0, x2, F, H1);
        return new Word(x1, tape1, look, x2, lstm2.step(x2, before2));
    }

    @Override
    public Score backpropagate(double[][] regions, int[] words, double scale, double[] gradient) {
        int steps = words.length + 1;
        Word[] forward = new Word[steps];
        double[][] h2 = new double[steps][], dLogits = new double[steps][], dh2 = new double[steps][H2];
        Score loss = Score.NONE;
        Progress progress = begin(regions);
        Glimpse image = progress.image();
        for (int t = 0; t < steps; t++) {
            forward[t] = forward(progress, input(words, t));
            progress = after(image, forward[t]);
            h2[t] = forward[t].tape2().after().h();
            double[] logits = logits(h2[t]);
            loss = loss.plus(CrossEntropy.score(logits, target(words, t)));
            dLogits[t] = CrossEntropy.gradient(logits, target(words, t), scale);
        }
        backwardHead(h2, dLogits, dh2, gradient);
        backwardLayers(image, words, forward, dh2, gradient);
        return loss;
    }

    private static int input(int[] words, int t) {
        return t == 0 ? CaptionConfig.BOUNDARY : words[t - 1];
    }

    /** @param dh2 ∂L/∂h² that came through the head, [steps][H2] */
    private void backwardLayers(Glimpse image, int[] words, Word[] forward, double[][] dh2, double[] gradient) {
        int steps = forward.length;
        StepGradient[] gradients1 = new StepGradient[steps], gradients2 = new StepGradient[steps];
        double[][] dQuery = new double[steps][];
        double[][] dProjected = new double[image.regions().length][config.attentionSize()];
        CellState dAfter1 = CellState.zero(H1), dAfter2 = CellState.zero(H2);
        for (int t = steps - 1; t >= 0; t--) {
            Word word = forward[t];
            add(dh2[t], 0, dAfter2.h(), 0, H2);
            CellState dBefore2 = CellState.zero(H2), dBefore1 = CellState.zero(H1);
            double[] dx2 = new double[F + H1], dx1 = new double[word.x1().length];
            gradients2[t] = lstm2.stepBackward(word.tape2(), dAfter2, dBefore2, dx2);

            add(dx2, F, dAfter1.h(), 0, H1);
            dQuery[t] = attention.backward(image.regions(), word.look(), dx2, dAfter1.h(), dProjected, gradient);
            gradients1[t] = lstm1.stepBackward(word.tape1(), dAfter1, dBefore1, dx1);

            add(dx1, 0, dBefore2.h(), 0, H2); // this step's x¹ read the language layer's h of the step before
            backwardEmbedding(input(words, t), dx1, H2 + F, gradient);
            dAfter1 = dBefore1;
            dAfter2 = dBefore2;
        }
        double[][] x1 = new double[steps][], x2 = new double[steps][], h1 = new double[steps][];
        Tape[] tapes1 = new Tape[steps], tapes2 = new Tape[steps];
        for (int t = 0; t < steps; t++) {
            x1[t] = forward[t].x1();
            x2[t] = forward[t].x2();
            tapes1[t] = forward[t].tape1();
            tapes2[t] = forward[t].tape2();
            h1[t] = tapes1[t].after().h();
        }
        attention.addGradient(image.regions(), dProjected, h1, dQuery, gradient);
        lstm1.addGradient(new SequenceInput.Features(x1), tapes1, gradients1, gradient);
        lstm2.addGradient(new SequenceInput.Features(x2), tapes2, gradients2, gradient);
    }
}
