package io.tidegate.api;

import io.tidegate.inference.Failure;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/** Says what went wrong as problem+json, with a JSON Pointer for each part of the request that is to blame. */
@RestControllerAdvice
class ProblemAdvice extends ResponseEntityExceptionHandler {

    private static final Logger log = LoggerFactory.getLogger(ProblemAdvice.class);

    @ExceptionHandler(Exception.class)
    @Nullable
    ResponseEntity<Object> handle(Exception e, WebRequest request) {
        Optional<Failure> failure = Failure.of(e);
        if (failure.isPresent()) {
            ProblemDetail problem = problem(failure.get());
            return handleExceptionInternal(
                    e, problem, new HttpHeaders(), HttpStatus.valueOf(problem.getStatus()), request);
        }
        log.error("a request failed", e);
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(
                HttpStatus.INTERNAL_SERVER_ERROR, "the server failed at this request; its log says why");
        return handleExceptionInternal(e, problem, new HttpHeaders(), HttpStatus.INTERNAL_SERVER_ERROR, request);
    }

    private static ProblemDetail problem(Failure failure) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status(failure.kind()), failure.message());
        problem.setType(URI.create("urn:tidegate:problem:"
                + failure.kind().name().toLowerCase(Locale.ROOT).replace('_', '-')));
        List<Failure.Problem> problems = failure.problems();
        if (!problems.isEmpty()) {
            problem.setProperty("errors", problems);
        }
        return problem;
    }

    private static HttpStatus status(Failure.Kind kind) {
        return switch (kind) {
            case INVALID -> HttpStatus.BAD_REQUEST;
            case TOO_LARGE -> HttpStatus.CONTENT_TOO_LARGE;
            case NOT_FOUND -> HttpStatus.NOT_FOUND;
            case NOT_READY -> HttpStatus.SERVICE_UNAVAILABLE;
            case CONFLICT -> HttpStatus.CONFLICT;
            case STALE -> HttpStatus.PRECONDITION_FAILED;
            case NO_SPACE -> HttpStatus.INSUFFICIENT_STORAGE;
        };
    }
}
