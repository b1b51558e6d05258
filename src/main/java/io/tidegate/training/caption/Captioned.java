package io.tidegate.training.caption;

import java.util.List;

/**
 * A caption to be scored, and what people wrote of the same image, all as words.
 *
 * @param references at least one
 */
public record Captioned(List<String> candidate, List<List<String>> references) {

    public Captioned {
        candidate = List.copyOf(candidate);
        references = List.copyOf(references);
        if (references.isEmpty()) {
            throw new IllegalArgumentException("scoring a caption: expected at least one reference, got none");
        }
    }
}
