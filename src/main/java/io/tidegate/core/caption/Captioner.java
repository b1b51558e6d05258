package io.tidegate.core.caption;

import io.tidegate.core.cell.CellState;
import io.tidegate.core.cell.Matrix;
import io.tidegate.core.network.TensorSpec;
import io.tidegate.core.network.Weights;
import io.tidegate.core.train.Score;
import java.util.List;

/**
 * A network that says what is in an image, word by word, one image at a time in double precision. Immutable, and so shared by
 * threads, unless a trainer changes the weights beneath it; then a new one is made.
 *
 * <p>A word's logits come from the top layer by one linear head, y = W_y h + b_y; what the layers read is the decoders' own.
 */
public abstract sealed class Captioner permits ShowAndTell, UpDown {

    protected final CaptionConfig config;
    protected final Weights weights;
    private final Matrix head; // [tokens, H]
    private final int headBias; // offset of [tokens]
    private final int embedding; // offset of [tokens, E]

    protected Captioner(CaptionConfig config, Weights weights) {
        this.config = config;
        this.weights = weights;
        this.head = matrix("head.weight");
        this.headBias = offset("head.bias");
        this.embedding = offset("embedding.weight");
    }

    /** @param weights in the configuration's layout */
    public static Captioner of(CaptionConfig config, Weights weights) {
        return switch (config.decoder()) {
            case SHOW_AND_TELL -> new ShowAndTell(config, weights);
            case UP_DOWN -> new UpDown(config, weights);
        };
    }

    /**
     * Where a caption has got to.
     *
     * @param image what the decoder keeps of the image
     * @param states of each layer, from the input up
     */
    public record Progress(Glimpse image, List<CellState> states) {}

    /**
     * An image as the words to come see it.
     *
     * @param regions [regions][F]
     * @param mean over the regions, [F]
     * @param projected W_va v of each region, [regions][A]; empty without attention
     */
    public record Glimpse(double[][] regions, double[] mean, double[][] projected) {}

    /**
     * A word further.
     *
     * @param logits of the next token, [tokens]
     */
    public record Step(Progress progress, double[] logits) {}

    public CaptionConfig config() {
        return config;
    }

    public Weights weights() {
        return weights;
    }

    /**
     * Looks at an image.
     *
     * @param regions [regions][F]; a decoder without attention sees their mean
     */
    public abstract Progress begin(double[][] regions);

    /** Reads a token: the boundary first, and then the caption's words. */
    public abstract Step read(Progress before, int token);

    /**
     * Runs a known caption, and adds to the gradient.
     *
     * @param words tokens 1 … W, without boundaries
     * @param scale of the gradient, which is otherwise of the sum over words and end
     * @param gradient in the weights' layout
     * @return −Σ log p of the words and the end, with the number that had the largest logit
     */
    public abstract Score backpropagate(double[][] regions, int[] words, double scale, double[] gradient);

    /** The loss of {@link #backpropagate} without its gradient. */
    public final Score loss(double[][] regions, int[] words) {
        Score loss = Score.NONE;
        Progress progress = begin(regions);
        for (int t = 0; t <= words.length; t++) {
            Step step = read(progress, t == 0 ? CaptionConfig.BOUNDARY : words[t - 1]);
            loss = loss.plus(CrossEntropy.score(step.logits(), target(words, t)));
            progress = step.progress();
        }
        return loss;
    }

    protected static int target(int[] words, int t) {
        return t < words.length ? words[t] : CaptionConfig.BOUNDARY;
    }

    protected final double[] logits(double[] h) {
        double[] logits = new double[config.tokens()];
        System.arraycopy(weights.values(), headBias, logits, 0, logits.length);
        head.addProduct(h, logits);
        return logits;
    }

    /**
     * The head's gradient over a caption.
     *
     * @param h what it read, [steps][H]
     * @param dLogits ∂L/∂ what it gave, [steps][tokens]
     * @param dh receives, added, ∂L/∂h, [steps][H]
     */
    protected final void backwardHead(double[][] h, double[][] dLogits, double[][] dh, double[] gradient) {
        for (int t = 0; t < h.length; t++) {
            head.addTransposedProduct(dLogits[t], dh[t]);
            add(dLogits[t], 0, gradient, headBias, dLogits[t].length);
        }
        head.addGradient(dLogits, h, gradient);
    }

    /** Copies a token's embedding. */
    protected final void embed(int token, double[] x, int at) {
        int size = config.embeddingSize();
        System.arraycopy(weights.values(), embedding + token * size, x, at, size);
    }

    /** @param dx ∂L/∂ the embedding, at {@code at} */
    protected final void backwardEmbedding(int token, double[] dx, int at, double[] gradient) {
        int size = config.embeddingSize();
        add(dx, at, gradient, embedding + token * size, size);
    }

    protected final int offset(String tensor) {
        return weights.layout().tensor(tensor).offset();
    }

    protected final Matrix matrix(String tensor) {
        TensorSpec spec = weights.layout().tensor(tensor);
        return new Matrix(weights.values(), spec.offset(), spec.shape().getFirst(), spec.columns());
    }

    protected final double[] mean(double[][] regions) {
        double[] mean = new double[config.featureSize()];
        for (double[] region : regions) {
            add(region, 0, mean, 0, mean.length);
        }
        for (int k = 0; k < mean.length; k++) {
            mean[k] /= regions.length;
        }
        return mean;
    }

    protected static void add(double[] from, int fromAt, double[] to, int toAt, int size) {
        for (int k = 0; k < size; k++) {
            to[toAt + k] += from[fromAt + k];
        }
    }
}
