package io.tidegate.oip.grpc;

import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.tidegate.oip.grpc.proto.GRPCInferenceServiceGrpc;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.event.EventListener;
import org.springframework.grpc.server.lifecycle.GrpcServerShutdownEvent;
import org.springframework.grpc.server.lifecycle.GrpcServerStartedEvent;
import org.springframework.stereotype.Component;

/** {@code grpc.health.v1.Health}: the server and its service are serving when the process is ready, and not before. */
@Component
final class ServingHealth {

    private final HealthStatusManager health;
    private final ApplicationAvailability availability;
    private final Watchers watchers;

    ServingHealth(HealthStatusManager health, ApplicationAvailability availability, Watchers watchers) {
        this.health = health;
        this.availability = availability;
        this.watchers = watchers;
        set(ServingStatus.NOT_SERVING);
    }

    @EventListener
    void readiness(AvailabilityChangeEvent<ReadinessState> event) {
        follow(event.getState());
    }

    /** A server that stopped may start again, in a process that is ready. */
    @EventListener(GrpcServerStartedEvent.class)
    void started() {
        follow(availability.getReadinessState());
    }

    /** Those that watch are told before the server waits for its calls' end. */
    @EventListener(GrpcServerShutdownEvent.class)
    void stopping() {
        set(ServingStatus.NOT_SERVING);
        watchers.end();
    }

    private void follow(ReadinessState state) {
        set(state == ReadinessState.ACCEPTING_TRAFFIC ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
    }

    private void set(ServingStatus status) {
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
        health.setStatus(GRPCInferenceServiceGrpc.SERVICE_NAME, status);
    }
}
