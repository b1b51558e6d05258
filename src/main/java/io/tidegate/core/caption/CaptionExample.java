package io.tidegate.core.caption;

/**
 * An image with one of its captions.
 *
 * @param regions [regions][F]
 * @param words tokens 1 … W, without boundaries
 */
public record CaptionExample(double[][] regions, int[] words) {

    /** Words and end: what there is to predict. */
    public int tokens() {
        return words.length + 1;
    }
}
