package io.tidegate.inference;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tidegate.checkpoint.CheckpointException;
import io.tidegate.datasets.DatasetException;
import io.tidegate.platform.BodyTooLargeException;
import io.tidegate.platform.BodyTooSlowException;
import io.tidegate.registry.RegistryException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong, for any transport to say in its own form.
 *
 * @param message for the caller
 * @param problems the parts of the request that are to blame; may be empty
 * @param retryAfter when trying again may help; null where it won't
 */
public record Failure(
        Kind kind,
        String message,
        List<Problem> problems,
        @Nullable Duration retryAfter) {

    /** What a caller hears of a failure that no caller caused; whoever says so logs it. */
    public static final String UNEXPECTED = "the server failed at this request; its log says why";

    /** The kinds that transports have statuses for. */
    public enum Kind {
        INVALID,
        TOO_LARGE,
        /** The request's body didn't come in time. */
        TOO_SLOW,
        NOT_FOUND,
        NOT_READY,
        CONFLICT,
        STALE,
        NO_SPACE,
        /** It was there and isn't any more. */
        GONE,
        /** A limit is reached. */
        EXHAUSTED,
        /** Too busy for now. */
        UNAVAILABLE,
        /** The caller's deadline has passed. */
        DEADLINE,
        /** The caller went away. */
        CANCELLED
    }

    /**
     * @param pointer JSON Pointer to a part of the request; empty for the whole
     * @param line of that part, from 1; null where it has no lines
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Problem(String pointer, @Nullable Long line, String detail) {
        Problem(String pointer, String detail) {
            this(pointer, null, detail);
        }
    }

    /** @return empty for an exception that no caller caused */
    public static Optional<Failure> of(Throwable thrown) {
        for (Throwable e = thrown; e != null; e = e.getCause()) {
            Kind kind = kind(e);
            if (kind != null) {
                String message = Objects.requireNonNullElse(e.getMessage(), "");
                Duration retryAfter = e instanceof RefusedException refused ? refused.retryAfter() : null;
                return Optional.of(new Failure(kind, message, problems(e, message), retryAfter));
            }
        }
        return Optional.empty();
    }

    private static @Nullable Kind kind(Throwable e) {
        return switch (e) {
            case InvalidInputException _,
                    CheckpointException _,
                    RegistryException.BadName _,
                    DatasetException.Refused _ -> Kind.INVALID;
            case BodyTooLargeException _, DatasetException.TooLarge _ -> Kind.TOO_LARGE;
            case BodyTooSlowException _ -> Kind.TOO_SLOW;
            case RegistryException.NotFound _, DatasetException.NotFound _ -> Kind.NOT_FOUND;
            case RegistryException.NotReady _ -> Kind.NOT_READY;
            case RegistryException.Conflict _, DatasetException.Conflict _, DatasetException.Damaged _ -> Kind.CONFLICT;
            case RegistryException.Stale _ -> Kind.STALE;
            case DatasetException.NoSpace _ -> Kind.NO_SPACE;
            case RefusedException refused -> refused.kind();
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
            case DatasetException.Refused refused ->
                refused.problems().stream()
                        .map(problem -> new Problem("/" + problem.part(), problem.line(), problem.detail()))
                        .toList();
            default -> List.of();
        };
    }
}
