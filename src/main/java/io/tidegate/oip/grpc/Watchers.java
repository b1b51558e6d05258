package io.tidegate.oip.grpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.tidegate.oip.grpc.proto.GRPCInferenceServiceGrpc;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.grpc.server.GlobalServerInterceptor;
import org.springframework.stereotype.Component;

/**
 * Calls of the other services that last until their client ends them, as those that watch the server's health do: a server that
 * stops would wait for them until its grace period is over.
 */
@Component
@GlobalServerInterceptor
final class Watchers implements ServerInterceptor {

    private static final Logger log = LoggerFactory.getLogger(Watchers.class);

    private final Set<ServerCall<?, ?>> open = ConcurrentHashMap.newKeySet();

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        MethodDescriptor<Q, R> method = call.getMethodDescriptor();
        if (method.getType().serverSendsOneMessage()
                || GRPCInferenceServiceGrpc.SERVICE_NAME.equals(method.getServiceName())) {
            return next.startCall(call, headers);
        }
        open.add(call);
        return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
            @Override
            public void onComplete() {
                open.remove(call);
                super.onComplete();
            }

            @Override
            public void onCancel() {
                open.remove(call);
                super.onCancel();
            }
        };
    }

    /** Ends them. */
    void end() {
        for (ServerCall<?, ?> call : List.copyOf(open)) {
            try {
                call.close(Status.UNAVAILABLE.withDescription("the server is stopping"), new Metadata());
            } catch (IllegalStateException e) {
                log.debug("a call ended by itself meanwhile", e);
            }
        }
    }
}
