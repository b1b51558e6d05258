package io.tidegate.core.network;

/** What a network reads at each step. */
public sealed interface InputConfig {

    /** The size of what the first recurrent layer sees at each step. */
    int layerInputSize();

    /** @param size features per step */
    record Features(int size) implements InputConfig {
        public Features {
            NetworkConfig.requirePositive("features per step", size);
        }

        @Override
        public int layerInputSize() {
            return size;
        }
    }

    /**
     * @param vocabulary number of distinct tokens
     * @param embeddingSize size of each token's embedding, or 0 for one-hot tokens
     */
    record Tokens(int vocabulary, int embeddingSize) implements InputConfig {
        public Tokens {
            NetworkConfig.requirePositive("vocabulary", vocabulary);
            if (embeddingSize < 0) {
                throw new IllegalArgumentException(
                        "embedding size: expected 0 (one-hot) or more, got " + embeddingSize);
            }
        }

        @Override
        public int layerInputSize() {
            return embeddingSize > 0 ? embeddingSize : vocabulary;
        }
    }
}
