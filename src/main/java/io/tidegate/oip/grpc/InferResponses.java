package io.tidegate.oip.grpc;

import com.google.protobuf.UnsafeByteOperations;
import io.tidegate.oip.InferResponse;
import io.tidegate.oip.RawTensors;
import io.tidegate.oip.grpc.proto.ModelInferResponse;
import io.tidegate.oip.grpc.proto.ModelInferResponse.InferOutputTensor;

/** Writes answers. Their data is always raw, also where a request's was not: clients count on it. */
final class InferResponses {

    private InferResponses() {}

    static ModelInferResponse write(InferResponse response) {
        ModelInferResponse.Builder message = ModelInferResponse.newBuilder()
                .setModelName(response.modelName())
                .setModelVersion(response.modelVersion());
        if (response.id() != null) {
            message.setId(response.id());
        }
        for (InferResponse.Tensor tensor : response.outputs()) {
            InferOutputTensor.Builder output = InferOutputTensor.newBuilder()
                    .setName(tensor.name())
                    .setDatatype(tensor.datatype().name());
            tensor.shape().forEach(output::addShape);
            message.addOutputs(output);
            message.addRawOutputContents(
                    UnsafeByteOperations.unsafeWrap(RawTensors.encode(tensor))); // nobody else has it
        }
        return message.build();
    }
}
