package io.tidegate.oip.grpc;

import static io.tidegate.oip.grpc.proto.DataType.TYPE_FP32;
import static io.tidegate.oip.grpc.proto.DataType.TYPE_INT32;
import static io.tidegate.oip.grpc.proto.DataType.TYPE_STRING;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.tidegate.oip.grpc.proto.ModelConfig;
import io.tidegate.oip.grpc.proto.ModelConfigRequest;
import io.tidegate.oip.grpc.proto.ModelInput;
import io.tidegate.oip.grpc.proto.ModelMetadataRequest;
import io.tidegate.oip.grpc.proto.ModelMetadataResponse;
import io.tidegate.oip.grpc.proto.ModelOutput;
import io.tidegate.oip.grpc.proto.ModelReadyRequest;
import io.tidegate.oip.grpc.proto.ModelRepositoryParameter;
import io.tidegate.oip.grpc.proto.ModelStatistics;
import io.tidegate.oip.grpc.proto.ModelStatisticsRequest;
import io.tidegate.oip.grpc.proto.RepositoryIndexRequest;
import io.tidegate.oip.grpc.proto.RepositoryIndexResponse.ModelIndex;
import io.tidegate.oip.grpc.proto.RepositoryModelLoadRequest;
import io.tidegate.oip.grpc.proto.RepositoryModelUnloadRequest;
import io.tidegate.oip.grpc.proto.ServerLiveRequest;
import io.tidegate.oip.grpc.proto.ServerMetadataRequest;
import io.tidegate.oip.grpc.proto.ServerMetadataResponse;
import io.tidegate.oip.grpc.proto.ServerReadyRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerProperties;

/** What the server and its models say of themselves. */
class GrpcServerTest extends GrpcServer {

    @Autowired
    private GrpcServerProperties properties;

    @Test
    void itIsLiveAndReadyAndSaysWhatItIs() {
        ServerMetadataResponse metadata = stub().serverMetadata(ServerMetadataRequest.getDefaultInstance());

        assertThat(stub().serverLive(ServerLiveRequest.getDefaultInstance()).getLive())
                .isTrue();
        assertThat(stub().serverReady(ServerReadyRequest.getDefaultInstance()).getReady())
                .isTrue();
        assertThat(metadata.getName()).isEqualTo("tidegate");
        assertThat(metadata.getExtensionsList()).contains("sequence", "model_repository", "statistics");
    }

    @Test
    void itListensWhereHttpDoes() {
        assertThat(properties.getAddress().isLoopbackAddress()).isTrue();
    }

    @Test
    void aModelIsReadyIfItAnswers() {
        assertThat(ready(CLASSIFIER, "")).isTrue();
        assertThat(ready(CLASSIFIER, "1")).isTrue();
        assertThat(ready(CLASSIFIER + "@latest", "")).isTrue();
        assertThat(ready(CLASSIFIER, "2")).isFalse();
        assertThat(ready("nobody", "")).isFalse();
    }

    private boolean ready(String model, String version) {
        return stub().modelReady(ModelReadyRequest.newBuilder()
                        .setName(model)
                        .setVersion(version)
                        .build())
                .getReady();
    }

    @Test
    void aModelSaysWhichTensorsItTakesAndGives() {
        ModelMetadataResponse metadata = stub().modelMetadata(
                        ModelMetadataRequest.newBuilder().setName(CLASSIFIER).build());

        assertThat(metadata.getName()).isEqualTo(CLASSIFIER);
        assertThat(metadata.getVersionsList()).containsExactly("1");
        assertThat(metadata.getInputsList())
                .containsExactly(ModelMetadataResponse.TensorMetadata.newBuilder()
                        .setName("input")
                        .setDatatype("FP32")
                        .addAllShape(List.of(-1L, -1L, 2L))
                        .build());
        assertThat(metadata.getOutputsList())
                .extracting(ModelMetadataResponse.TensorMetadata::getName)
                .containsExactly("probabilities", "label");
        assertRefused(
                () -> stub().modelMetadata(ModelMetadataRequest.newBuilder()
                        .setName("nobody")
                        .build()),
                Status.Code.NOT_FOUND,
                "Request for unknown model: 'nobody' is not found");
    }

    @Test
    void itsConfigurationHasAlsoWhatARequestMayLeaveOut() {
        ModelConfig config = stub().modelConfig(ModelConfigRequest.newBuilder()
                        .setName(CLASSIFIER)
                        .setVersion("1")
                        .build())
                .getConfig();

        assertThat(config.getMaxBatchSize()).isEqualTo(8);
        assertThat(config.getBackend()).isEqualTo("tidegate");
        assertThat(config.getDynamicBatching().getPreferredBatchSizeList()).containsExactly(64);
        assertThat(config.getDynamicBatching().getDefaultQueuePolicy().getMaxQueueSize())
                .isEqualTo(10_000);
        assertThat(config.getInputList())
                .containsExactly(
                        ModelInput.newBuilder()
                                .setName("input")
                                .setDataType(TYPE_FP32)
                                .addAllDims(List.of(-1L, 2L))
                                .build(),
                        ModelInput.newBuilder()
                                .setName("lengths")
                                .setDataType(TYPE_INT32)
                                .setOptional(true)
                                .build());
        assertThat(config.getOutputList())
                .contains(
                        ModelOutput.newBuilder()
                                .setName("probabilities")
                                .setDataType(TYPE_FP32)
                                .addDims(3)
                                .build(),
                        ModelOutput.newBuilder()
                                .setName("label")
                                .setDataType(TYPE_STRING)
                                .build());
    }

    @Test
    void statisticsCountWhatWasDone() {
        ModelStatistics before = statistics();
        stub().modelInfer(raw(List.of(2L, 1L, 2L), 1, 2, 3, 4).build());
        ModelStatistics after = statistics();

        assertThat(after.getName()).isEqualTo(CLASSIFIER);
        assertThat(after.getVersion()).isEqualTo("1");
        assertThat(after.getInferenceCount() - before.getInferenceCount()).isEqualTo(2);
        assertThat(after.getExecutionCount() - before.getExecutionCount()).isEqualTo(1);
        assertThat(after.getInferenceStats().getSuccess().getCount()
                        - before.getInferenceStats().getSuccess().getCount())
                .isEqualTo(1);
        assertThat(after.getBatchStatsList())
                .anyMatch(batch -> batch.getBatchSize() == 2
                        && batch.getComputeInput().getNs() > 0
                        && batch.getComputeOutput().getNs() > 0);
        assertThat(after.getMemoryUsageList())
                .singleElement()
                .satisfies(memory -> assertThat(memory.getType()).isEqualTo("CPU"))
                .satisfies(memory -> assertThat(memory.getByteSize()).isPositive());
        assertThat(stub().modelStatistics(ModelStatisticsRequest.getDefaultInstance())
                        .getModelStatsList())
                .extracting(ModelStatistics::getName)
                .contains(CLASSIFIER, LANGUAGE_MODEL);
        assertRefused(
                () -> stub().modelStatistics(ModelStatisticsRequest.newBuilder()
                        .setName(CLASSIFIER)
                        .setVersion("9")
                        .build()),
                Status.Code.NOT_FOUND,
                "version 9 is not found");
    }

    private ModelStatistics statistics() {
        return stub().modelStatistics(
                        ModelStatisticsRequest.newBuilder().setName(CLASSIFIER).build())
                .getModelStats(0);
    }

    @Test
    void theRepositoryShowsLoadsAndUnloads() {
        assertThat(state(LANGUAGE_MODEL)).isEqualTo("READY");
        stub().repositoryModelUnload(RepositoryModelUnloadRequest.newBuilder()
                .setModelName(LANGUAGE_MODEL)
                .build());
        try {
            assertThat(state(LANGUAGE_MODEL)).isEqualTo("UNAVAILABLE");
            assertThat(stub().repositoryIndex(RepositoryIndexRequest.newBuilder()
                                    .setReady(true)
                                    .build())
                            .getModelsList())
                    .extracting(ModelIndex::getName)
                    .contains(CLASSIFIER)
                    .doesNotContain(LANGUAGE_MODEL);
            assertRefused(
                    () -> stub().modelInfer(text("ab").build()), Status.Code.UNAVAILABLE, "is not at ready state");
        } finally {
            stub().repositoryModelLoad(RepositoryModelLoadRequest.newBuilder()
                    .setModelName(LANGUAGE_MODEL)
                    .build());
        }
        assertThat(state(LANGUAGE_MODEL)).isEqualTo("READY");
    }

    private String state(String model) {
        return stub().repositoryIndex(RepositoryIndexRequest.getDefaultInstance()).getModelsList().stream()
                .filter(entry -> entry.getName().equals(model))
                .findFirst()
                .orElseThrow()
                .getState();
    }

    @Test
    void aModelIsLoadedAsItWasPublishedOrNotAtAll() {
        assertRefused(
                () -> stub().repositoryModelLoad(RepositoryModelLoadRequest.newBuilder()
                        .setModelName("nobody")
                        .build()),
                Status.Code.NOT_FOUND,
                "failed to load 'nobody', failed to poll from model repository");
        assertRefused(
                () -> stub().repositoryModelLoad(RepositoryModelLoadRequest.newBuilder()
                        .setModelName(CLASSIFIER)
                        .putParameters(
                                "config",
                                ModelRepositoryParameter.newBuilder()
                                        .setStringParam("{}")
                                        .build())
                        .build()),
                Status.Code.INVALID_ARGUMENT,
                "expected no parameter 'config'");
        assertRefused(
                () -> stub().repositoryModelUnload(RepositoryModelUnloadRequest.newBuilder()
                        .setModelName(CLASSIFIER + "@1")
                        .build()),
                Status.Code.INVALID_ARGUMENT,
                "expected a bare model name with unload");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SystemSharedMemoryRegister", "CudaSharedMemoryStatus", "TraceSetting", "LogSettings"})
    void whatIsNotServedSaysSo(String method) {
        MethodDescriptor<ServerLiveRequest, ServerLiveRequest> descriptor =
                MethodDescriptor.<ServerLiveRequest, ServerLiveRequest>newBuilder()
                        .setType(MethodDescriptor.MethodType.UNARY)
                        .setFullMethodName("inference.GRPCInferenceService/" + method)
                        .setRequestMarshaller(ProtoUtils.marshaller(ServerLiveRequest.getDefaultInstance()))
                        .setResponseMarshaller(ProtoUtils.marshaller(ServerLiveRequest.getDefaultInstance()))
                        .build();
        assertRefused(
                () -> ClientCalls.blockingUnaryCall(
                        channel(), descriptor, CallOptions.DEFAULT, ServerLiveRequest.getDefaultInstance()),
                Status.Code.UNIMPLEMENTED,
                method.contains("Memory") ? "shared memory isn't served" : "isn't set by this protocol");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "inference.GRPCInferenceService"})
    void healthIsServing(String service) {
        assertThat(HealthGrpc.newBlockingStub(channel())
                        .check(HealthCheckRequest.newBuilder()
                                .setService(service)
                                .build())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
    }

    @Test
    void reflectionNamesTheServices() throws Exception {
        CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> call = ServerReflectionGrpc.newStub(channel())
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse value) {
                        answer.complete(value);
                    }

                    @Override
                    public void onError(Throwable t) {
                        answer.completeExceptionally(t);
                    }

                    @Override
                    public void onCompleted() {}
                });
        call.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());

        assertThat(answer.get(30, TimeUnit.SECONDS).getListServicesResponse().getServiceList())
                .extracting(service -> service.getName())
                .contains("inference.GRPCInferenceService", "grpc.health.v1.Health");
        call.onCompleted();
    }
}
