package io.tidegate.checkpoint;

/** What a model reads at each step. */
public sealed interface ModelInput {

    /**
     * @param size features per step
     * @param scale between the user's units and the network's
     */
    record Features(int size, Scale scale) implements ModelInput {}

    /**
     * One character a step; its token is its place in the vocabulary, counted in Unicode code points. Whether tokens are one-hot or
     * have an embedding, and of what size, is told by the weights alone.
     *
     * @param vocabulary each character once
     */
    record Characters(String vocabulary) implements ModelInput {

        /** Number of characters, in code points. */
        public int size() {
            return vocabulary.codePointCount(0, vocabulary.length());
        }
    }
}
