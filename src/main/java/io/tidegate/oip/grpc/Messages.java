package io.tidegate.oip.grpc;

import io.tidegate.inference.Statistics;
import io.tidegate.oip.IndexEntry;
import io.tidegate.oip.ModelConfiguration;
import io.tidegate.oip.TensorMetadata;
import io.tidegate.oip.grpc.proto.DataType;
import io.tidegate.oip.grpc.proto.InferBatchStatistics;
import io.tidegate.oip.grpc.proto.InferStatistics;
import io.tidegate.oip.grpc.proto.ModelConfig;
import io.tidegate.oip.grpc.proto.ModelInput;
import io.tidegate.oip.grpc.proto.ModelMetadataResponse;
import io.tidegate.oip.grpc.proto.ModelOutput;
import io.tidegate.oip.grpc.proto.ModelStatistics;
import io.tidegate.oip.grpc.proto.RepositoryIndexResponse.ModelIndex;
import io.tidegate.oip.grpc.proto.ServerMetadataResponse;
import io.tidegate.oip.grpc.proto.StatisticDuration;
import io.tidegate.registry.ModelVersion;
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
                .setMaxBatchSize(model.maxBatchSize());
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

    static ModelStatistics of(ModelVersion version, Statistics statistics) {
        ModelStatistics.Builder message = ModelStatistics.newBuilder()
                .setName(version.name())
                .setVersion(Integer.toString(version.number()))
                .setLastInference(statistics.lastMillis())
                .setInferenceCount(statistics.inferences())
                .setExecutionCount(statistics.executions())
                .setInferenceStats(InferStatistics.newBuilder()
                        .setSuccess(of(statistics.success()))
                        .setFail(of(statistics.failure()))
                        .setQueue(of(statistics.queue()))
                        .setComputeInfer(of(statistics.compute())));
        statistics
                .batches()
                .forEach((size, runs) -> message.addBatchStats(
                        InferBatchStatistics.newBuilder().setBatchSize(size).setComputeInfer(of(runs))));
        return message.build();
    }

    private static StatisticDuration of(Statistics.Spent spent) {
        return StatisticDuration.newBuilder()
                .setCount(spent.count())
                .setNs(spent.nanos())
                .build();
    }
}
