package io.tidegate.inference;

/** An input that a model can't take. The message is for the caller. */
public final class InvalidInputException extends RuntimeException {

    private final String pointer;

    /**
     * @param pointer JSON Pointer to the bad part of the request; empty for the whole
     * @param message what was wrong and what is accepted
     */
    public InvalidInputException(String pointer, String message) {
        super(message);
        this.pointer = pointer;
    }

    public String pointer() {
        return pointer;
    }
}
