package io.tidegate.datasets.caption;

import java.util.List;
import java.util.Locale;

/**
 * An image and what people wrote of it.
 *
 * @param id the name of its features
 * @param captions as words, at least one caption, none empty
 */
public record CaptionedImage(String id, Split split, List<List<String>> captions) {

    /** What an image is for. */
    public enum Split {
        TRAIN,
        /** Chooses the best weights. */
        VALIDATION,
        TEST;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public CaptionedImage {
        captions = List.copyOf(captions);
    }
}
