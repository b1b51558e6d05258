package io.tidegate.training.recipe;

import java.util.List;
import java.util.stream.Collectors;

/** Parameters, or other parts of a request for training, that a recipe can't take. */
public final class InvalidParametersException extends RuntimeException {

    /**
     * @param pointer to the field within the request, as a JSON Pointer
     * @param detail what was expected and what came
     */
    public record Problem(String pointer, String detail) {}

    private final transient List<Problem> problems;

    public InvalidParametersException(List<Problem> problems) {
        super(problems.stream()
                .map(problem -> problem.pointer() + ": " + problem.detail())
                .collect(Collectors.joining("; ")));
        this.problems = List.copyOf(problems);
    }

    public InvalidParametersException(String pointer, String detail) {
        this(List.of(new Problem(pointer, detail)));
    }

    public List<Problem> problems() {
        return problems;
    }
}
