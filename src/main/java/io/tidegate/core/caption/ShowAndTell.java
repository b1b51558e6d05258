package io.tidegate.core.caption;

import io.tidegate.core.cell.CellState;
import io.tidegate.core.cell.Matrix;
import io.tidegate.core.cell.Tape;
import io.tidegate.core.network.Direction;
import io.tidegate.core.network.SequenceInput;
import io.tidegate.core.network.Weights;
import io.tidegate.core.train.Score;
import java.util.List;

/**
 * The image is the first thing that one LSTM reads, and its words follow.
 *
 * <pre>
 *   x_−1 = W_I v + b_I                     v: the image's vector
 *   x_t = W_e w_t                          w_0 is the boundary
 *   h_t = LSTM(x_t, h_t−1)
 *   p(w_t+1) = softmax(W_y h_t + b_y)
 * </pre>
 *
 * Source: Vinyals, Toshev, Bengio, Erhan 2015, Show and Tell: A Neural Image Caption Generator.
 */
final class ShowAndTell extends Captioner {

    private final Matrix image; // [E, F]
    private final int imageBias; // offset of [E]
    private final Direction lstm;
    private final int H;

    ShowAndTell(CaptionConfig config, Weights weights) {
        super(config, weights);
        this.image = matrix("image.weight");
        this.imageBias = offset("image.bias");
        this.lstm = new Direction(config.layers().getFirst(), weights, "_l0", false);
        this.H = config.layers().getFirst().hiddenSize();
    }

    @Override
    public Progress begin(double[][] regions) {
        double[] v = mean(regions);
        Tape tape = lstm.step(imageInput(v), CellState.zero(H));
        return new Progress(new Glimpse(regions, v, new double[0][]), List.of(tape.after()));
    }

    @Override
    public Step read(Progress before, int token) {
        double[] x = new double[config.embeddingSize()];
        embed(token, x, 0);
        CellState after = lstm.step(x, before.states().getFirst()).after();
        return new Step(new Progress(before.image(), List.of(after)), logits(after.h()));
    }

    @Override
    public Score backpropagate(double[][] regions, int[] words, double scale, double[] gradient) {
        double[] v = mean(regions);
        double[][] x = inputs(v, words), h = new double[x.length][H];
        Tape[] tapes = new Tape[x.length];
        SequenceInput.Features input = new SequenceInput.Features(x);
        lstm.forward(input, CellState.zero(H), h, 0, tapes);

        int steps = words.length + 1; // step −1, the image's, predicts nothing
        double[][] hWords = new double[steps][], dhWords = new double[steps][], dLogits = new double[steps][];
        double[][] dh = new double[steps + 1][H];
        Score loss = Score.NONE;
        for (int t = 0; t < steps; t++) {
            hWords[t] = h[t + 1];
            dhWords[t] = dh[t + 1];
            double[] logits = logits(hWords[t]);
            loss = loss.plus(CrossEntropy.score(logits, target(words, t)));
            dLogits[t] = CrossEntropy.gradient(logits, target(words, t), scale);
        }
        backwardHead(hWords, dLogits, dhWords, gradient);

        double[][] dx = new double[steps + 1][config.embeddingSize()];
        lstm.backward(input, tapes, dh, 0, CellState.zero(H), gradient, dx, Direction.Observer.NONE);
        for (int t = 0; t < steps; t++) {
            backwardEmbedding(t == 0 ? CaptionConfig.BOUNDARY : words[t - 1], dx[t + 1], 0, gradient);
        }
        image.addGradient(new double[][] {dx[0]}, new double[][] {v}, gradient);
        add(dx[0], 0, gradient, imageBias, dx[0].length);
        return loss;
    }

    /** The image, the boundary and the words, [2 + words][E]. */
    private double[][] inputs(double[] v, int[] words) {
        double[][] x = new double[words.length + 2][config.embeddingSize()];
        x[0] = imageInput(v);
        embed(CaptionConfig.BOUNDARY, x[1], 0);
        for (int t = 0; t < words.length; t++) {
            embed(words[t], x[t + 2], 0);
        }
        return x;
    }

    private double[] imageInput(double[] v) {
        double[] x = new double[config.embeddingSize()];
        System.arraycopy(weights.values(), imageBias, x, 0, x.length);
        image.addProduct(v, x);
        return x;
    }
}
