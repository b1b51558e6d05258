package io.tidegate.oip.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import io.tidegate.oip.grpc.proto.GRPCInferenceServiceGrpc;
import io.tidegate.oip.grpc.proto.ModelInferRequest;
import io.tidegate.oip.grpc.proto.ModelStreamInferResponse;
import io.tidegate.oip.grpc.proto.ServerReadyRequest;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;
import org.springframework.test.annotation.DirtiesContext;

/** A server that leaves, step by step. */
@DirtiesContext
class GrpcStopTest extends GrpcServer {

    @Autowired
    private ApplicationContext context;

    /** What comes of a call, in order: its messages, then its end's status. */
    private static final class Heard<T> implements StreamObserver<T> {
        final BlockingQueue<Object> events = new LinkedBlockingQueue<>();

        @Override
        public void onNext(T value) {
            events.add(value);
        }

        @Override
        public void onError(Throwable t) {
            events.add(Status.fromThrowable(t).getCode());
        }

        @Override
        public void onCompleted() {
            events.add(Status.Code.OK);
        }

        Object next() throws InterruptedException {
            return events.poll(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void itSaysSoFirstAndThenEndsItsStreams() throws Exception {
        Heard<HealthCheckResponse> health = new Heard<>();
        HealthGrpc.newStub(channel())
                .watch(HealthCheckRequest.newBuilder().setService("").build(), health);
        assertThat(health.next()).isEqualTo(status(ServingStatus.SERVING));

        AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);
        assertThat(health.next()).isEqualTo(status(ServingStatus.NOT_SERVING));
        assertThat(stub().serverReady(ServerReadyRequest.getDefaultInstance()).getReady())
                .isFalse();

        Heard<ModelStreamInferResponse> stream = new Heard<>();
        StreamObserver<ModelInferRequest> requests =
                GRPCInferenceServiceGrpc.newStub(channel()).modelStreamInfer(stream);
        requests.onNext(raw(List.of(1L, 1L, 2L), 1, 2).setId("a").build());
        assertThat(stream.next())
                .isInstanceOfSatisfying(
                        ModelStreamInferResponse.class,
                        answer -> assertThat(answer.getInferResponse().getId()).isEqualTo("a"));

        server.stop(); // though the client holds on to both calls; else they would be CANCELLED after the grace period
        assertThat(stream.next()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(health.next()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(server.isRunning()).isFalse();
    }

    private static HealthCheckResponse status(ServingStatus status) {
        return HealthCheckResponse.newBuilder().setStatus(status).build();
    }
}
