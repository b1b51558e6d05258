package io.tidegate.oip.grpc;

import io.grpc.Context;
import io.grpc.Deadline;
import io.tidegate.inference.Caller;
import io.tidegate.oip.InferRequest;
import io.tidegate.oip.InferResponse;
import io.tidegate.oip.Inference;
import io.tidegate.oip.ModelNames;
import io.tidegate.oip.Signature;
import io.tidegate.oip.grpc.proto.ModelInferRequest;
import io.tidegate.oip.grpc.proto.ModelInferResponse;
import io.tidegate.platform.RequestTimers;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.platform.TidegateProperties.Limits;
import io.tidegate.registry.ModelRef;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.registry.ModelVersion;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Answers an infer request, whether it came alone or in a stream. */
@Component
final class Requests {

    private final ModelRegistry registry;
    private final Inference inference;
    private final RequestTimers timers;
    private final Limits limits;

    Requests(ModelRegistry registry, Inference inference, RequestTimers timers, TidegateProperties properties) {
        this.registry = registry;
        this.inference = inference;
        this.timers = timers;
        this.limits = properties.limits();
    }

    /** Returns once it is answered; what goes wrong is thrown as it is. */
    ModelInferResponse answer(ModelInferRequest message, Caller caller) {
        long start = System.nanoTime();
        @Nullable ModelVersion version = null;
        String outcome = "success";
        try {
            ModelRef asked = ModelNames.ref(message.getModelName(), message.getModelVersion());
            version = registry.resolve(asked);
            InferRequest request = new InferRequests(Signature.of(version), limits).read(message);
            InferResponse response = inference.infer(asked, version, request, caller);
            return InferResponses.write(response);
        } catch (Throwable e) {
            outcome = GrpcErrors.outcome(e);
            throw e;
        } finally {
            timers.record(
                    version == null ? null : version.name(),
                    version == null ? null : Integer.toString(version.number()),
                    outcome,
                    System.nanoTime() - start);
        }
    }

    /** The client of a call, for as long as its call lasts. */
    static Caller caller(Context call, BooleanSupplier gone) {
        Deadline deadline = call.getDeadline();
        long at = deadline == null ? Long.MAX_VALUE : System.nanoTime() + deadline.timeRemaining(TimeUnit.NANOSECONDS);
        return new Caller(0, Long.MAX_VALUE, at, gone);
    }
}
