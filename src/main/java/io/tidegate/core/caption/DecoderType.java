package io.tidegate.core.caption;

import java.util.Arrays;
import java.util.Optional;

/** How a caption is made of an image, under the name that checkpoints and JSON use. */
public enum DecoderType {
    SHOW_AND_TELL("show-and-tell", 1),
    UP_DOWN("up-down", 2);

    private final String text;
    private final int layers;

    DecoderType(String text, int layers) {
        this.text = text;
        this.layers = layers;
    }

    /** Number of recurrent layers. */
    public int layers() {
        return layers;
    }

    public static Optional<DecoderType> of(String text) {
        return Arrays.stream(values()).filter(type -> type.text.equals(text)).findFirst();
    }

    @Override
    public String toString() {
        return text;
    }
}
