package io.tidegate.inference;

import io.tidegate.checkpoint.CheckpointException;
import io.tidegate.platform.BodyTooLargeException;
import io.tidegate.registry.RegistryException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong, for any transport to say in its own form.
 *
 * @param message for the caller
 * @param problems the parts of the request that are to blame; may be empty
 */
public record Failure(Kind kind, String message, List<Problem> problems) {

    /** The kinds that transports have statuses for. */
    public enum Kind {
        INVALID,
        TOO_LARGE,
        NOT_FOUND,
        NOT_READY,
        CONFLICT,
        STALE
    }

    /** @param pointer JSON Pointer to a part of the request; empty for the whole */
    public record Problem(String pointer, String detail) {}

    /** @return empty for an exception that no caller caused */
    public static Optional<Failure> of(Throwable thrown) {
        for (Throwable e = thrown; e != null; e = e.getCause()) {
            Kind kind = kind(e);
            if (kind != null) {
                String message = Objects.requireNonNullElse(e.getMessage(), "");
                return Optional.of(new Failure(kind, message, problems(e, message)));
            }
        }
        return Optional.empty();
    }

    private static @Nullable Kind kind(Throwable e) {
        return switch (e) {
            case InvalidInputException _, CheckpointException _, RegistryException.BadName _ -> Kind.INVALID;
            case BodyTooLargeException _ -> Kind.TOO_LARGE;
            case RegistryException.NotFound _ -> Kind.NOT_FOUND;
            case RegistryException.NotReady _ -> Kind.NOT_READY;
            case RegistryException.Conflict _ -> Kind.CONFLICT;
            case RegistryException.Stale _ -> Kind.STALE;
            default -> null;
        };
    }

    private static List<Problem> problems(Throwable e, String message) {
        return switch (e) {
            case InvalidInputException invalid -> List.of(new Problem(invalid.pointer(), message));
            case CheckpointException refused ->
                refused.problems().stream()
                        .map(problem -> new Problem(problem.pointer(), problem.message()))
                        .toList();
            default -> List.of();
        };
    }
}
