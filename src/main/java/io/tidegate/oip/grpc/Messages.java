package io.tidegate.oip.grpc;

import io.tidegate.oip.IndexEntry;
import io.tidegate.oip.ModelConfiguration;
import io.tidegate.oip.TensorMetadata;
import io.tidegate.oip.grpc.proto.DataType;
import io.tidegate.oip.grpc.proto.InferBatchStatistics;
import io.tidegate.oip.grpc.proto.InferStatistics;
import io.tidegate.oip.grpc.proto.MemoryUsage;
import io.tidegate.oip.grpc.proto.ModelConfig;
import io.tidegate.oip.grpc.proto.ModelDynamicBatching;
import io.tidegate.oip.grpc.proto.ModelInput;
import io.tidegate.oip.grpc.proto.ModelMetadataResponse;
import io.tidegate.oip.grpc.proto.ModelOutput;
import io.tidegate.oip.grpc.proto.ModelQueuePolicy;
import io.tidegate.oip.grpc.proto.ModelStatistics;
import io.tidegate.oip.grpc.proto.RepositoryIndexResponse.ModelIndex;
import io.tidegate.oip.grpc.proto.ServerMetadataResponse;
import io.tidegate.oip.grpc.proto.StatisticDuration;
import java.util.List;

/** Writes what the server and its models say of themselves. */
final class Messages {

    private Messages() {}

    static ServerMetadataResponse of(io.tidegate.oip.ServerMetadata server) {
        return ServerMetadataResponse.newBuilder()
                .setName(server.name())
                .setVersion(server.version())
                .addAllExtensions(server.extensions())
                .build();
    }

    static ModelMetadataResponse of(io.tidegate.oip.ModelMetadata model) {
        return ModelMetadataResponse.newBuilder()
                .setName(model.name())
                .addAllVersions(model.versions())
                .setPlatform(model.platform())
                .addAllInputs(tensors(model.inputs()))
                .addAllOutputs(tensors(model.outputs()))
                .build();
    }

    private static List<ModelMetadataResponse.TensorMetadata> tensors(List<TensorMetadata> tensors) {
        return tensors.stream()
                .map(tensor -> ModelMetadataResponse.TensorMetadata.newBuilder()
                        .setName(tensor.name())
                        .setDatatype(tensor.datatype().name())
                        .addAllShape(longs(tensor.shape()))
                        .build())
                .toList();
    }

    static ModelConfig of(ModelConfiguration model) {
        ModelConfig.Builder config = ModelConfig.newBuilder()
                .setName(model.name())
                .setPlatform(model.platform())
                .setBackend(model.backend())
                .setMaxBatchSize(model.maxBatchSize());
        ModelConfiguration.DynamicBatching batching = model.dynamicBatching();
        if (batching != null) {
            config.setDynamicBatching(of(batching));
        }
        for (ModelConfiguration.Input input : model.input()) {
            config.addInput(ModelInput.newBuilder()
                    .setName(input.name())
                    .setDataType(DataType.valueOf(input.dataType()))
                    .addAllDims(longs(input.dims()))
                    .setOptional(input.optional()));
        }
        for (ModelConfiguration.Output output : model.output()) {
            config.addOutput(ModelOutput.newBuilder()
                    .setName(output.name())
                    .setDataType(DataType.valueOf(output.dataType()))
                    .addAllDims(longs(output.dims())));
        }
        return config.build();
    }

    private static ModelDynamicBatching of(ModelConfiguration.DynamicBatching batching) {
        ModelConfiguration.QueuePolicy queue = batching.defaultQueuePolicy();
        return ModelDynamicBatching.newBuilder()
                .addAllPreferredBatchSize(batching.preferredBatchSize())
                .setMaxQueueDelayMicroseconds(batching.maxQueueDelayMicroseconds())
                .setPriorityLevels(batching.priorityLevels())
                .setDefaultPriorityLevel(batching.defaultPriorityLevel())
                .setDefaultQueuePolicy(ModelQueuePolicy.newBuilder()
                        .setTimeoutAction(ModelQueuePolicy.TimeoutAction.valueOf(queue.timeoutAction()))
                        .setDefaultTimeoutMicroseconds(queue.defaultTimeoutMicroseconds())
                        .setAllowTimeoutOverride(queue.allowTimeoutOverride())
                        .setMaxQueueSize(queue.maxQueueSize()))
                .build();
    }

    private static List<Long> longs(List<Integer> sizes) {
        return sizes.stream().map(Integer::longValue).toList();
    }

    static ModelIndex of(IndexEntry entry) {
        return ModelIndex.newBuilder()
                .setName(entry.name())
                .setVersion(entry.version())
                .setState(entry.state())
                .setReason(entry.reason())
                .build();
    }

    static ModelStatistics of(io.tidegate.oip.ModelStatistics version) {
        io.tidegate.oip.ModelStatistics.InferenceStats stats = version.inferenceStats();
        ModelStatistics.Builder message = ModelStatistics.newBuilder()
                .setName(version.name())
                .setVersion(version.version())
                .setLastInference(version.lastInference())
                .setInferenceCount(version.inferenceCount())
                .setExecutionCount(version.executionCount())
                .setInferenceStats(InferStatistics.newBuilder()
                        .setSuccess(of(stats.success()))
                        .setFail(of(stats.fail()))
                        .setQueue(of(stats.queue()))
                        .setComputeInput(of(stats.computeInput()))
                        .setComputeInfer(of(stats.computeInfer()))
                        .setComputeOutput(of(stats.computeOutput()))
                        .setCacheHit(of(stats.cacheHit()))
                        .setCacheMiss(of(stats.cacheMiss())));
        for (io.tidegate.oip.ModelStatistics.BatchStats batch : version.batchStats()) {
            message.addBatchStats(InferBatchStatistics.newBuilder()
                    .setBatchSize(batch.batchSize())
                    .setComputeInput(of(batch.computeInput()))
                    .setComputeInfer(of(batch.computeInfer()))
                    .setComputeOutput(of(batch.computeOutput())));
        }
        for (io.tidegate.oip.ModelStatistics.MemoryUsage memory : version.memoryUsage()) {
            message.addMemoryUsage(MemoryUsage.newBuilder()
                    .setType(memory.type())
                    .setId(memory.id())
                    .setByteSize(memory.byteSize()));
        }
        return message.build();
    }

    private static StatisticDuration of(io.tidegate.oip.ModelStatistics.Spent spent) {
        return StatisticDuration.newBuilder()
                .setCount(spent.count())
                .setNs(spent.ns())
                .build();
    }
}
