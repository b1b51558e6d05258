package io.tidegate.oip.grpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import org.springframework.stereotype.Component;

/** Reads, for streams, whether a request that fails is to end the stream: the header {@code triton_grpc_error: true}. */
@Component
final class StreamErrors implements ServerInterceptor {

    private static final Metadata.Key<String> HEADER =
            Metadata.Key.of("triton_grpc_error", Metadata.ASCII_STRING_MARSHALLER);
    private static final Context.Key<Boolean> END = Context.keyWithDefault("triton_grpc_error", false);

    /** Whether they end the stream of the call at hand. */
    static boolean endTheStream() {
        return END.get();
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        if (call.getMethodDescriptor().getType() != MethodDescriptor.MethodType.BIDI_STREAMING
                || !"true".equalsIgnoreCase(headers.get(HEADER))) {
            return next.startCall(call, headers);
        }
        return Contexts.interceptCall(Context.current().withValue(END, true), call, headers, next);
    }
}
