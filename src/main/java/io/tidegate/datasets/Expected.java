package io.tidegate.datasets;

/** What sequences say of themselves for a model to learn; all of one dataset say the same kind of thing. */
public enum Expected {
    /** Nothing: the series itself can be forecast. */
    NONE("neither a label nor a target"),
    /** One class a sequence. */
    LABEL("a label"),
    /** Numbers for the whole sequence. */
    TARGET("a target"),
    /** Numbers for each step. */
    TARGETS("targets for each step");

    final String words;

    Expected(String words) {
        this.words = words;
    }
}
