package io.tidegate.oip.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tidegate.inference.Failure;
import io.tidegate.inference.RefusedException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcErrorsTest {

    @ParameterizedTest
    @CsvSource({
        "INVALID, INVALID_ARGUMENT, client_error",
        "TOO_LARGE, RESOURCE_EXHAUSTED, client_error",
        "TOO_SLOW, DEADLINE_EXCEEDED, client_error",
        "NOT_FOUND, NOT_FOUND, client_error",
        "NOT_READY, UNAVAILABLE, client_error",
        "CONFLICT, ABORTED, client_error",
        "STALE, FAILED_PRECONDITION, client_error",
        "NO_SPACE, RESOURCE_EXHAUSTED, server_error",
        "GONE, FAILED_PRECONDITION, client_error",
        "EXHAUSTED, RESOURCE_EXHAUSTED, client_error",
        "UNAVAILABLE, UNAVAILABLE, server_error",
        "DEADLINE, DEADLINE_EXCEEDED, server_error",
        "CANCELLED, CANCELLED, server_error"
    })
    void eachKindHasItsStatus(Failure.Kind kind, Status.Code code, String outcome) {
        RefusedException refused = new RefusedException(kind, "what and why");

        assertThat(GrpcErrors.of(refused).getStatus().getCode()).isEqualTo(code);
        assertThat(GrpcErrors.of(refused).getStatus().getDescription()).isEqualTo("what and why");
        assertThat(GrpcErrors.outcome(refused)).isEqualTo(outcome);
    }

    @Test
    void whenToTryAgainIsSaid() {
        StatusRuntimeException status =
                GrpcErrors.of(new RefusedException(Failure.Kind.UNAVAILABLE, "busy", Duration.ofMillis(1500)));
        assertThat(status.getTrailers()
                        .get(Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER)))
                .isEqualTo("1500");
    }

    @Test
    void whatNoCallerCausedIsNotExplainedToThem() {
        StatusRuntimeException status = GrpcErrors.of(new IllegalStateException("/secret/path"));
        assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(status.getStatus().getDescription())
                .isEqualTo("the server failed at this request; its log says why");
        assertThat(GrpcErrors.outcome(new IllegalStateException())).isEqualTo("server_error");
    }
}
