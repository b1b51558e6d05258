package io.tidegate.oip.rest;

import io.tidegate.inference.Failure;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.web.ErrorResponse;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.util.DisconnectedClientHelper;
import tools.jackson.databind.json.JsonMapper;

/** Says what went wrong under {@code /v2} as {@code {"error": "…"}}, whoever found it: a controller, a filter or the framework. */
final class OipErrors implements HandlerExceptionResolver {

    private static final Logger log = LoggerFactory.getLogger(OipErrors.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private record Answer(
            HttpStatusCode status, String error, @Nullable Duration retryAfter) {
        Answer(HttpStatusCode status, String error) {
            this(status, error, null);
        }
    }

    @Override
    public @Nullable ModelAndView resolveException(
            HttpServletRequest request, HttpServletResponse response, @Nullable Object handler, Exception e) {
        if (!isOurs(request)) {
            return null;
        }
        if (response.isCommitted()) { // as when the body's end never came: nothing more can be said
            log.debug("an answer had begun when this came up", e);
            return new ModelAndView();
        }
        Answer answer = Failure.of(e)
                .map(failure -> new Answer(status(failure.kind()), failure.message(), failure.retryAfter()))
                .or(() -> frameworks(e, response))
                .orElseGet(() -> unexpected(e));
        try {
            write(answer, response);
        } catch (IOException gone) {
            log.debug("a client left before its error reached it", gone);
        }
        return new ModelAndView();
    }

    /** What a caller hears of a failure after an answer has begun. */
    static String message(RuntimeException e) {
        return Failure.of(e).map(Failure::message).orElseGet(() -> unexpected(e).error());
    }

    private static boolean isOurs(HttpServletRequest request) {
        return isOurs(request.getServletPath() + Objects.requireNonNullElse(request.getPathInfo(), ""));
    }

    static boolean isOurs(String path) {
        return path.equals("/v2") || path.startsWith("/v2/");
    }

    private static HttpStatus status(Failure.Kind kind) {
        return switch (kind) {
            case INVALID, NOT_READY -> HttpStatus.BAD_REQUEST;
            case TOO_LARGE -> HttpStatus.CONTENT_TOO_LARGE;
            case TOO_SLOW -> HttpStatus.REQUEST_TIMEOUT;
            case NOT_FOUND -> HttpStatus.NOT_FOUND;
            case CONFLICT -> HttpStatus.CONFLICT;
            case STALE -> HttpStatus.PRECONDITION_FAILED;
            case NO_SPACE -> HttpStatus.INSUFFICIENT_STORAGE;
            case GONE -> HttpStatus.GONE;
            case EXHAUSTED -> HttpStatus.TOO_MANY_REQUESTS;
            case UNAVAILABLE, CANCELLED -> HttpStatus.SERVICE_UNAVAILABLE;
            case DEADLINE -> HttpStatus.GATEWAY_TIMEOUT;
        };
    }

    private static Optional<Answer> frameworks(Exception e, HttpServletResponse response) {
        return switch (e) {
            case ErrorResponse known -> {
                known.getHeaders().forEach((name, values) -> values.forEach(v -> response.addHeader(name, v)));
                String ours = known instanceof ResponseStatusException status ? status.getReason() : null;
                String reason = ours == null ? reason(known.getStatusCode()) : ours;
                yield Optional.of(new Answer(known.getStatusCode(), reason));
            }
            default ->
                DisconnectedClientHelper.isClientDisconnectedException(e)
                        ? Optional.of(new Answer(HttpStatus.BAD_REQUEST, "expected the whole body, got a part of it"))
                        : Optional.empty();
        };
    }

    private static String reason(HttpStatusCode status) {
        HttpStatus known = HttpStatus.resolve(status.value());
        return known == null ? status.toString() : known.getReasonPhrase();
    }

    private static Answer unexpected(Exception e) {
        log.error("a request failed", e);
        return new Answer(HttpStatus.INTERNAL_SERVER_ERROR, Failure.UNEXPECTED);
    }

    private static void write(Answer answer, HttpServletResponse response) throws IOException {
        // By way of a string: whatever of a request a message repeats, its bytes are UTF-8.
        byte[] body = JSON.writeValueAsString(Map.of("error", answer.error())).getBytes(StandardCharsets.UTF_8);
        response.setStatus(answer.status().value());
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        response.setContentLength(body.length);
        Duration retryAfter = answer.retryAfter();
        if (retryAfter != null) {
            response.setHeader(HttpHeaders.RETRY_AFTER, Long.toString(retryAfter.toSeconds()));
        }
        response.getOutputStream().write(body);
    }
}
