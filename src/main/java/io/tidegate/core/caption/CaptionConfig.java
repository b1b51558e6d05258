package io.tidegate.core.caption;

import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.ParameterLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * The shape of a captioner.
 *
 * @param featureSize F, numbers of an image's vector or of each of its regions
 * @param words W, size of the vocabulary without the boundary; a word's token is 1 … W
 * @param embeddingSize E, size of each token's embedding
 * @param attentionSize A, size of the attention's space; 0 for a decoder without attention
 * @param layers {@code show-and-tell} has one; {@code up-down} the attention's and, above it, the language's. All read forward
 */
public record CaptionConfig(
        DecoderType decoder,
        int featureSize,
        int words,
        int embeddingSize,
        int attentionSize,
        List<LayerConfig> layers) {

    /** The token that begins a caption when it is read, and ends one when it is predicted. */
    public static final int BOUNDARY = 0;

    public CaptionConfig {
        layers = List.copyOf(layers);
        requirePositive("feature size", featureSize);
        requirePositive("words", words);
        requirePositive("embedding size", embeddingSize);
        if (attentionSize < 0 || (attentionSize > 0) != (decoder == DecoderType.UP_DOWN)) {
            throw new IllegalArgumentException("attention size: expected "
                    + (decoder == DecoderType.UP_DOWN ? "at least 1" : "0") + " for " + decoder + ", got "
                    + attentionSize);
        }
        if (layers.size() != decoder.layers() || layers.stream().anyMatch(LayerConfig::bidirectional)) {
            throw new IllegalArgumentException("layers: expected " + decoder.layers() + " that read forward only for "
                    + decoder + ", got " + layers);
        }
    }

    private static void requirePositive(String what, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(what + ": expected at least 1, got " + value);
        }
    }

    /** Number of tokens: the words and the boundary. */
    public int tokens() {
        return words + 1;
    }

    /** Size of what layer {@code layer} reads at each step. */
    public int inputSize(int layer) {
        return switch (decoder) {
            case SHOW_AND_TELL -> embeddingSize;
            case UP_DOWN ->
                layer == 0
                        ? Math.addExact(Math.addExact(layers.get(1).hiddenSize(), featureSize), embeddingSize)
                        : Math.addExact(featureSize, layers.get(0).hiddenSize());
        };
    }

    /** @throws ArithmeticException for more parameters than an array holds */
    public ParameterLayout layout() {
        SequencedMap<String, List<Integer>> shapes = new LinkedHashMap<>();
        shapes.put("embedding.weight", List.of(tokens(), embeddingSize));
        if (decoder == DecoderType.SHOW_AND_TELL) {
            shapes.put("image.weight", List.of(embeddingSize, featureSize));
            shapes.put("image.bias", List.of(embeddingSize));
        }
        ParameterLayout.addRecurrent(shapes, "_l0", layers.get(0), inputSize(0));
        if (decoder == DecoderType.UP_DOWN) {
            shapes.put("attention.feature.weight", List.of(attentionSize, featureSize));
            shapes.put(
                    "attention.hidden.weight",
                    List.of(attentionSize, layers.get(0).hiddenSize()));
            shapes.put("attention.score.weight", List.of(1, attentionSize));
            ParameterLayout.addRecurrent(shapes, "_l1", layers.get(1), inputSize(1));
        }
        shapes.put("head.weight", List.of(tokens(), layers.getLast().hiddenSize()));
        shapes.put("head.bias", List.of(tokens()));
        return new ParameterLayout(shapes);
    }
}
