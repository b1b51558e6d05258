package io.tidegate.checkpoint;

import java.util.List;
import java.util.stream.Collectors;

/** A checkpoint that is refused, with all that was found wrong. No message holds a path of the server's disk. */
public final class CheckpointException extends RuntimeException {

    /**
     * One thing that is wrong.
     *
     * @param pointer JSON Pointer (RFC 6901) into {@code model.json}; the weights file's problems are at {@code /weights}
     * @param message what was expected, what came and, where it isn't plain, what to do
     */
    public record Problem(String pointer, String message) {}

    private final List<Problem> problems;

    public CheckpointException(List<Problem> problems) {
        super("checkpoint refused: "
                + problems.stream().map(p -> p.pointer() + ": " + p.message()).collect(Collectors.joining("; ")));
        this.problems = List.copyOf(problems);
    }

    CheckpointException(String pointer, String message) {
        this(List.of(new Problem(pointer, message)));
    }

    /** At least one, at most {@value Problems#MOST}. */
    public List<Problem> problems() {
        return problems;
    }
}
