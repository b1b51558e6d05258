package io.tidegate.api;

import io.tidegate.inference.Failure;
import io.tidegate.training.experiments.ExperimentConflictException;
import io.tidegate.training.experiments.ExperimentNotFoundException;
import io.tidegate.training.jobs.JobException;
import io.tidegate.training.recipe.InvalidParametersException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.apache.tomcat.util.http.fileupload.FileUploadException;
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
import org.springframework.web.multipart.MultipartException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import org.springframework.web.util.DisconnectedClientHelper;

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
            HttpHeaders headers = new HttpHeaders();
            Duration retryAfter = failure.get().retryAfter();
            if (retryAfter != null) {
                headers.set(HttpHeaders.RETRY_AFTER, Long.toString(retryAfter.toSeconds()));
            }
            return handleExceptionInternal(e, problem, headers, HttpStatus.valueOf(problem.getStatus()), request);
        }
        if (DisconnectedClientHelper.isClientDisconnectedException(e)) {
            return badRequest(e, request, "expected the whole body, got a part of it");
        }
        if (e instanceof MultipartException || e instanceof FileUploadException) {
            return badRequest(
                    e,
                    request,
                    "expected multipart/form-data as RFC 7578 has it, with parts 'model' and 'weights', got something else;"
                            + " with curl: -F model=@model.json -F weights=@weights.safetensors");
        }
        if (e instanceof InvalidParameterException) {
            // where a query, or a form that a body claims to be, is asked for a value
            return badRequest(
                    e,
                    request,
                    "expected a query whose parameters are percent-encoded, and a body of the type that Content-Type"
                            + " says, got something else");
        }
        log.error("a request failed", e);
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(HttpStatus.INTERNAL_SERVER_ERROR, Failure.UNEXPECTED);
        return handleExceptionInternal(e, problem, new HttpHeaders(), HttpStatus.INTERNAL_SERVER_ERROR, request);
    }

    private @Nullable ResponseEntity<Object> badRequest(Exception e, WebRequest request, String detail) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, detail);
        return handleExceptionInternal(e, problem, new HttpHeaders(), HttpStatus.BAD_REQUEST, request);
    }

    @ExceptionHandler(InvalidParametersException.class)
    @Nullable
    ResponseEntity<Object> invalid(InvalidParametersException e, WebRequest request) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, e.getMessage());
        problem.setType(URI.create("urn:tidegate:problem:invalid"));
        problem.setProperty("errors", e.problems());
        return handleExceptionInternal(e, problem, new HttpHeaders(), HttpStatus.BAD_REQUEST, request);
    }

    @ExceptionHandler(JobException.class)
    @Nullable
    ResponseEntity<Object> refused(JobException e, WebRequest request) {
        HttpStatus status = switch (e) {
            case JobException.NotFound _ -> HttpStatus.NOT_FOUND;
            case JobException.Conflict _ -> HttpStatus.CONFLICT;
            case JobException.Full _ -> HttpStatus.TOO_MANY_REQUESTS;
        };
        return refused(e, status, request);
    }

    @ExceptionHandler(ExperimentNotFoundException.class)
    @Nullable
    ResponseEntity<Object> unknown(ExperimentNotFoundException e, WebRequest request) {
        return refused(e, HttpStatus.NOT_FOUND, request);
    }

    @ExceptionHandler(ExperimentConflictException.class)
    @Nullable
    ResponseEntity<Object> conflict(ExperimentConflictException e, WebRequest request) {
        return refused(e, HttpStatus.CONFLICT, request);
    }

    private @Nullable ResponseEntity<Object> refused(RuntimeException e, HttpStatus status, WebRequest request) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, e.getMessage());
        problem.setType(URI.create(
                "urn:tidegate:problem:" + status.name().toLowerCase(Locale.ROOT).replace('_', '-')));
        return handleExceptionInternal(e, problem, new HttpHeaders(), status, request);
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
            case TOO_SLOW -> HttpStatus.REQUEST_TIMEOUT;
            case NOT_FOUND -> HttpStatus.NOT_FOUND;
            case NOT_READY -> HttpStatus.SERVICE_UNAVAILABLE;
            case CONFLICT -> HttpStatus.CONFLICT;
            case STALE -> HttpStatus.PRECONDITION_FAILED;
            case NO_SPACE -> HttpStatus.INSUFFICIENT_STORAGE;
            case GONE -> HttpStatus.GONE;
            case EXHAUSTED -> HttpStatus.TOO_MANY_REQUESTS;
            case UNAVAILABLE, CANCELLED -> HttpStatus.SERVICE_UNAVAILABLE;
            case DEADLINE -> HttpStatus.GATEWAY_TIMEOUT;
        };
    }
}
