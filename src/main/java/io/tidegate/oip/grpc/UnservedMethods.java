package io.tidegate.oip.grpc;

import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.tidegate.oip.grpc.proto.GRPCInferenceServiceGrpc;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Says of the protocol's extensions that aren't served what to do without them. */
final class UnservedMethods extends HandlerRegistry {

    private static final String SERVICE = GRPCInferenceServiceGrpc.SERVICE_NAME + "/";
    private static final Pattern SHARED_MEMORY =
            Pattern.compile("(System|Cuda)SharedMemory(Status|Register|Unregister)");

    /** What comes isn't looked at. */
    private static final MethodDescriptor.Marshaller<InputStream> UNREAD = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(InputStream value) {
            return value;
        }

        @Override
        public InputStream parse(InputStream stream) {
            return new ByteArrayInputStream(new byte[0]);
        }
    };

    @Override
    public @Nullable ServerMethodDefinition<?, ?> lookupMethod(String method, @Nullable String authority) {
        String reason = method.startsWith(SERVICE) ? reason(method.substring(SERVICE.length())) : null;
        return reason == null ? null : ServerMethodDefinition.create(descriptor(method), refusal(method, reason));
    }

    private static @Nullable String reason(String method) {
        if (SHARED_MEMORY.matcher(method).matches()) {
            return "shared memory isn't served; send the data in the request";
        }
        return switch (method) {
            case "TraceSetting" -> "tracing isn't set by this protocol";
            case "LogSettings" ->
                "logging isn't set by this protocol; set logging.level properties at the server's start";
            default -> null;
        };
    }

    private static MethodDescriptor<InputStream, InputStream> descriptor(String method) {
        return MethodDescriptor.newBuilder(UNREAD, UNREAD)
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(method)
                .build();
    }

    private static ServerCallHandler<InputStream, InputStream> refusal(String method, String reason) {
        return (call, _) -> {
            call.close(Status.UNIMPLEMENTED.withDescription(method + ": " + reason), new Metadata());
            return new ServerCall.Listener<>() {};
        };
    }
}
