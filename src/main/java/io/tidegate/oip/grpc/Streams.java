package io.tidegate.oip.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tidegate.oip.grpc.proto.ModelInferRequest;
import io.tidegate.oip.grpc.proto.ModelStreamInferResponse;
import io.tidegate.platform.TidegateProperties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.event.EventListener;
import org.springframework.grpc.server.lifecycle.GrpcServerShutdownEvent;
import org.springframework.grpc.server.lifecycle.GrpcServerStartedEvent;
import org.springframework.stereotype.Component;

/** The streams that are open, so that a server which stops can bring them to an end. */
@Component
final class Streams {

    private final Requests requests;
    private final Executor threads;
    private final long mostBytes;
    private final Set<StreamCall> open = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

    Streams(Requests requests, @Qualifier(GrpcConfiguration.THREADS) Executor threads, TidegateProperties properties) {
        this.requests = requests;
        this.threads = threads;
        this.mostBytes = properties.limits().maxBody().toBytes();
    }

    StreamObserver<ModelInferRequest> open(ServerCallStreamObserver<ModelStreamInferResponse> client) {
        StreamCall call = new StreamCall(client, requests::answer, threads, mostBytes, open::remove);
        open.add(call);
        call.begin();
        if (stopping) {
            call.drain();
        }
        return call;
    }

    /** How many there are. */
    int count() {
        return open.size();
    }

    /** A server that stopped may start again, as those of paused test contexts do. */
    @EventListener(GrpcServerStartedEvent.class)
    void started() {
        stopping = false;
    }

    /** A stream can last as long as its client likes: the server answers what it has taken in, and ends it. */
    @EventListener(GrpcServerShutdownEvent.class)
    void drain() {
        stopping = true;
        open.forEach(StreamCall::drain);
    }
}
