package io.tidegate.oip.grpc;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tidegate.inference.Failure;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.inference.RefusedException;
import io.tidegate.inference.Runner;
import io.tidegate.oip.IndexEntry;
import io.tidegate.oip.ModelConfiguration;
import io.tidegate.oip.ModelMetadata;
import io.tidegate.oip.ModelStatistics;
import io.tidegate.oip.ServerMetadata;
import io.tidegate.oip.Signature;
import io.tidegate.oip.grpc.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import io.tidegate.oip.grpc.proto.ModelConfigRequest;
import io.tidegate.oip.grpc.proto.ModelConfigResponse;
import io.tidegate.oip.grpc.proto.ModelInferRequest;
import io.tidegate.oip.grpc.proto.ModelInferResponse;
import io.tidegate.oip.grpc.proto.ModelMetadataRequest;
import io.tidegate.oip.grpc.proto.ModelMetadataResponse;
import io.tidegate.oip.grpc.proto.ModelReadyRequest;
import io.tidegate.oip.grpc.proto.ModelReadyResponse;
import io.tidegate.oip.grpc.proto.ModelStatisticsRequest;
import io.tidegate.oip.grpc.proto.ModelStatisticsResponse;
import io.tidegate.oip.grpc.proto.ModelStreamInferResponse;
import io.tidegate.oip.grpc.proto.RepositoryIndexRequest;
import io.tidegate.oip.grpc.proto.RepositoryIndexResponse;
import io.tidegate.oip.grpc.proto.RepositoryModelLoadRequest;
import io.tidegate.oip.grpc.proto.RepositoryModelLoadResponse;
import io.tidegate.oip.grpc.proto.RepositoryModelUnloadRequest;
import io.tidegate.oip.grpc.proto.RepositoryModelUnloadResponse;
import io.tidegate.oip.grpc.proto.ServerLiveRequest;
import io.tidegate.oip.grpc.proto.ServerLiveResponse;
import io.tidegate.oip.grpc.proto.ServerMetadataRequest;
import io.tidegate.oip.grpc.proto.ServerMetadataResponse;
import io.tidegate.oip.grpc.proto.ServerReadyRequest;
import io.tidegate.oip.grpc.proto.ServerReadyResponse;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.registry.Model;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.registry.ModelVersion;
import io.tidegate.registry.RegistryException;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.grpc.server.service.GrpcService;

/** The protocol's calls. Each runs on a thread of its own, which waits for the answer. */
@GrpcService(interceptors = StreamErrors.class)
final class InferenceService extends GRPCInferenceServiceImplBase {

    private final ServerMetadata metadata;
    private final ApplicationAvailability availability;
    private final ModelRegistry registry;
    private final Runner runner;
    private final Requests requests;
    private final Streams streams;
    private final TidegateProperties properties;

    InferenceService(
            ServerMetadata metadata,
            ApplicationAvailability availability,
            ModelRegistry registry,
            Runner runner,
            Requests requests,
            Streams streams,
            TidegateProperties properties) {
        this.metadata = metadata;
        this.availability = availability;
        this.registry = registry;
        this.runner = runner;
        this.requests = requests;
        this.streams = streams;
        this.properties = properties;
    }

    @Override
    public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> client) {
        answer(
                client,
                () -> ServerLiveResponse.newBuilder()
                        .setLive(availability.getLivenessState() == LivenessState.CORRECT)
                        .build());
    }

    @Override
    public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> client) {
        answer(
                client,
                () -> ServerReadyResponse.newBuilder()
                        .setReady(availability.getReadinessState() == ReadinessState.ACCEPTING_TRAFFIC)
                        .build());
    }

    @Override
    public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> client) {
        answer(
                client,
                () -> ModelReadyResponse.newBuilder()
                        .setReady(answers(request.getName(), request.getVersion()))
                        .build());
    }

    /** As in Triton, a model that isn't there isn't ready. */
    private boolean answers(String model, String version) {
        try {
            return find(model, version).answers();
        } catch (RegistryException.NotFound e) {
            return false;
        }
    }

    @Override
    public void serverMetadata(ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> client) {
        answer(client, () -> Messages.of(metadata));
    }

    @Override
    public void modelMetadata(ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> client) {
        answer(client, () -> {
            ModelVersion version = find(request.getName(), request.getVersion());
            return Messages.of(ModelMetadata.of(
                    Signature.of(version),
                    registry.model(version.name()).versions().stream()
                            .map(each -> Integer.toString(each.number()))
                            .toList()));
        });
    }

    @Override
    public void modelConfig(ModelConfigRequest request, StreamObserver<ModelConfigResponse> client) {
        answer(
                client,
                () -> ModelConfigResponse.newBuilder()
                        .setConfig(Messages.of(
                                ModelConfiguration.of(find(request.getName(), request.getVersion()), properties)))
                        .build());
    }

    @Override
    public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> client) {
        Context call = Context.current();
        answer(client, () -> requests.answer(request, Requests.caller(call, call::isCancelled)));
    }

    @Override
    public StreamObserver<ModelInferRequest> modelStreamInfer(StreamObserver<ModelStreamInferResponse> client) {
        return streams.open((ServerCallStreamObserver<ModelStreamInferResponse>) client);
    }

    @Override
    public void modelStatistics(ModelStatisticsRequest request, StreamObserver<ModelStatisticsResponse> client) {
        answer(
                client,
                () -> ModelStatisticsResponse.newBuilder()
                        .addAllModelStats(versions(request.getName(), request.getVersion())
                                .map(version -> Messages.of(ModelStatistics.of(version, runner.statistics(version))))
                                .toList())
                        .build());
    }

    /** All versions of all models, all of one, or one. */
    private Stream<ModelVersion> versions(String model, String version) {
        if (model.isEmpty()) {
            return registry.models().stream().flatMap(each -> each.versions().stream());
        }
        if (version.isEmpty() && model.indexOf('@') < 0) {
            Model found = registry.model(ModelNames.ref(model, version).name());
            return found.versions().stream();
        }
        return Stream.of(find(model, version));
    }

    @Override
    public void repositoryIndex(RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> client) {
        answer(
                client,
                () -> RepositoryIndexResponse.newBuilder()
                        .addAllModels(registry.models().stream()
                                .flatMap(model -> model.versions().stream())
                                .map(IndexEntry::of)
                                .filter(entry -> entry.ready() || !request.getReady())
                                .map(Messages::of)
                                .toList())
                        .build());
    }

    @Override
    public void repositoryModelLoad(
            RepositoryModelLoadRequest request, StreamObserver<RepositoryModelLoadResponse> client) {
        answer(client, () -> {
            refuseOverrides(request.getParametersMap().keySet());
            String model = ModelNames.bare(request.getModelName(), "load");
            if (registry.find(model).isEmpty()) {
                throw new RefusedException(
                        Failure.Kind.NOT_FOUND, "failed to load '" + model + "', failed to poll from model repository");
            }
            registry.load(model);
            return RepositoryModelLoadResponse.getDefaultInstance();
        });
    }

    /** To ignore another configuration or other files would load something else than was asked for. */
    private static void refuseOverrides(Set<String> parameters) {
        for (String name : parameters) {
            if (name.equals("config") || name.startsWith("file:")) {
                throw new InvalidInputException(
                        "", "expected no parameter '" + name + "': a model is loaded as it was published");
            }
        }
    }

    @Override
    public void repositoryModelUnload(
            RepositoryModelUnloadRequest request, StreamObserver<RepositoryModelUnloadResponse> client) {
        answer(client, () -> {
            registry.unload(ModelNames.bare(request.getModelName(), "unload"));
            return RepositoryModelUnloadResponse.getDefaultInstance();
        });
    }

    private ModelVersion find(String model, String version) {
        return registry.resolve(ModelNames.ref(model, version));
    }

    private static <T> void answer(StreamObserver<T> client, Supplier<T> work) {
        T answer;
        try {
            answer = work.get();
        } catch (Throwable e) { // an Error too is an answer: the client would wait for ever
            client.onError(GrpcErrors.of(e));
            return;
        }
        client.onNext(answer);
        client.onCompleted();
    }
}
