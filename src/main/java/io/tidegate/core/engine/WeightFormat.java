package io.tidegate.core.engine;

import java.util.Arrays;
import java.util.stream.Collectors;

/** How an engine that has a choice keeps the weights that each step reads. Arithmetic and states are float32 either way. */
public enum WeightFormat {
    FLOAT32("float32"),
    /** Half the memory to stream, at the cost of the weights' last 16 bits. */
    BFLOAT16("bf16"),
    /** {@link #BFLOAT16} for networks whose weights outgrow a core's cache. */
    AUTO("auto");

    private final String text;

    WeightFormat(String text) {
        this.text = text;
    }

    public static WeightFormat of(String text) {
        return Arrays.stream(values())
                .filter(format -> format.text.equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("weights: expected one of "
                        + Arrays.stream(values()).map(WeightFormat::toString).collect(Collectors.joining(", "))
                        + ", got '" + text + "'"));
    }

    @Override
    public String toString() {
        return text;
    }
}
