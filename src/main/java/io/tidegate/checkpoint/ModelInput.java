package io.tidegate.checkpoint;

/** What a model reads: at each step of a sequence, or of an image. */
public sealed interface ModelInput {

    /** The name that {@code model.json} uses. */
    default String kind() {
        return switch (this) {
            case Features _ -> "features";
            case Characters _ -> "characters";
            case ImageFeatures _ -> "image-features";
            case RegionFeatures _ -> "region-features";
        };
    }

    /** Whether it is of images, and so for captioning. */
    default boolean ofImages() {
        return this instanceof ImageFeatures || this instanceof RegionFeatures;
    }

    /**
     * @param size features per step
     * @param scale between the user's units and the network's
     */
    record Features(int size, Scale scale) implements ModelInput {}

    /**
     * One vector for an image, from whatever looked at it.
     *
     * @param size of the vector
     * @param scale between the user's units and the network's
     */
    record ImageFeatures(int size, Scale scale) implements ModelInput {}

    /**
     * A vector for each region of an image; images may have different numbers of regions.
     *
     * @param size of each vector
     * @param scale between the user's units and the network's
     */
    record RegionFeatures(int size, Scale scale) implements ModelInput {}

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
