package io.tidegate.oip.grpc;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tidegate.inference.Failure;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what went wrong as a gRPC status, with the message that HTTP's callers get. */
final class GrpcErrors {

    private static final Logger log = LoggerFactory.getLogger(GrpcErrors.class);

    /** Clients with a retry policy go by it; in milliseconds. */
    private static final Metadata.Key<String> RETRY =
            Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

    /** Of a message, as it travels: clients take trailers of 8 KiB, and what isn't printable ASCII takes three bytes a byte. */
    private static final int MOST = 4000;

    private GrpcErrors() {}

    static StatusRuntimeException of(Throwable thrown) {
        Optional<Failure> known = Failure.of(thrown);
        if (known.isEmpty()) {
            log.error("a request failed", thrown);
            return Status.INTERNAL.withDescription(Failure.UNEXPECTED).asRuntimeException();
        }
        Failure failure = known.get();
        return status(failure.kind())
                .withDescription(fitting(failure.message()))
                .asRuntimeException(trailers(failure.retryAfter()));
    }

    private static Status status(Failure.Kind kind) {
        return switch (kind) {
            case INVALID -> Status.INVALID_ARGUMENT;
            case NOT_FOUND -> Status.NOT_FOUND;
            case NOT_READY, UNAVAILABLE -> Status.UNAVAILABLE;
            case CONFLICT -> Status.ABORTED;
            case STALE, GONE -> Status.FAILED_PRECONDITION;
            case TOO_LARGE, EXHAUSTED, NO_SPACE -> Status.RESOURCE_EXHAUSTED;
            case DEADLINE, TOO_SLOW -> Status.DEADLINE_EXCEEDED;
            case CANCELLED -> Status.CANCELLED;
        };
    }

    /** A request's outcome in the metrics, the same as it would be over HTTP. */
    static String outcome(Throwable thrown) {
        return Failure.of(thrown).map(failure -> outcome(failure.kind())).orElse("server_error");
    }

    private static String outcome(Failure.Kind kind) {
        return switch (kind) {
            case INVALID, NOT_FOUND, NOT_READY, CONFLICT, STALE, GONE, TOO_LARGE, TOO_SLOW, EXHAUSTED -> "client_error";
            case UNAVAILABLE, NO_SPACE, DEADLINE, CANCELLED -> "server_error";
        };
    }

    private static Metadata trailers(@Nullable Duration retryAfter) {
        Metadata trailers = new Metadata();
        if (retryAfter != null) {
            trailers.put(RETRY, Long.toString(retryAfter.toMillis()));
        }
        return trailers;
    }

    private static String fitting(String message) {
        int cost = 0;
        for (int at = 0; at < message.length(); ) {
            int c = message.codePointAt(at);
            cost += c >= ' ' && c <= '~' ? 1 : c < 0x80 ? 3 : c < 0x800 ? 6 : c < 0x10000 ? 9 : 12;
            if (cost > MOST) {
                return message.substring(0, at) + "…";
            }
            at += Character.charCount(c);
        }
        return message;
    }
}
