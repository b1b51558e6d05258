package io.tidegate.core.engine;

/** What a caller may want from a run, besides the states. */
public enum Output {
    /** The head's output after each sequence. */
    LOGITS,
    /** The head's output at every step. */
    STEP_LOGITS,
    /** The top layer's output at every step. */
    HIDDEN
}
