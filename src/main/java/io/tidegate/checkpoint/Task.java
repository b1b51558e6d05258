package io.tidegate.checkpoint;

/** What a model is for, under the name that {@code model.json} uses. */
public enum Task {
    CLASSIFICATION("classification"),
    REGRESSION("regression"),
    LANGUAGE_MODEL("language-model"),
    CAPTIONING("captioning");

    private final String text;

    Task(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}
