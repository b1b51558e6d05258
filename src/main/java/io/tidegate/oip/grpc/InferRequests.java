package io.tidegate.oip.grpc;

import com.google.protobuf.ByteString;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.oip.Datatype;
import io.tidegate.oip.InferRequest;
import io.tidegate.oip.InferRequest.RequestedOutput;
import io.tidegate.oip.InputTensor;
import io.tidegate.oip.RawTensors;
import io.tidegate.oip.RequestParameters;
import io.tidegate.oip.Signature;
import io.tidegate.oip.TensorData;
import io.tidegate.oip.grpc.proto.ModelInferRequest;
import io.tidegate.oip.grpc.proto.ModelInferRequest.InferInputTensor;
import io.tidegate.oip.grpc.proto.ModelInferRequest.InferRequestedOutputTensor;
import io.tidegate.platform.TidegateProperties.Limits;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads requests for one model, and stops at the first thing that is wrong with one. */
record InferRequests(Signature signature, Limits limits) {

    InferRequest read(ModelInferRequest message) {
        RequestParameters parameters = RequestParameters.of(Parameters.of(message.getParametersMap()));
        return new InferRequest(
                message.getId().isEmpty() ? null : message.getId(),
                inputs(message),
                outputs(message),
                parameters.priority(),
                parameters.timeoutMicros(),
                parameters.sequence());
    }

    private Map<String, InputTensor> inputs(ModelInferRequest message) {
        int count = message.getInputsCount(), raw = message.getRawInputContentsCount();
        if (raw != 0 && raw != count) {
            throw refusal("expected raw_input_contents for each of the " + count + " inputs of model '"
                    + signature.model() + "' or for none, got " + raw);
        }
        Map<String, InputTensor> inputs = LinkedHashMap.newLinkedHashMap(count);
        for (int k = 0; k < count; k++) {
            InferInputTensor input = message.getInputs(k);
            InputTensor tensor = raw == 0 ? typed(input) : raw(input, message.getRawInputContents(k));
            if (inputs.put(tensor.name(), tensor) != null) {
                throw refusal("input '" + tensor.name() + "' already exists in request");
            }
        }
        return inputs;
    }

    private InputTensor typed(InferInputTensor input) {
        Described described = describe(input);
        return described.with(new TypedContents(input.getName(), described.datatype(), input.getContents()).data());
    }

    private InputTensor raw(InferInputTensor input, ByteString bytes) {
        Described described = describe(input);
        if (input.hasContents() && input.getContents().getSerializedSize() > 0) {
            throw refusal("contents field must not be specified when using raw_input_contents for '" + input.getName()
                    + "' for model '" + signature.model() + "'");
        }
        long elements = InputTensor.elements(described.shape());
        RawTensors.requireRoom(input.getName(), described.datatype(), elements, limits);
        return described.with(
                RawTensors.decode(input.getName(), described.datatype(), bytes.asReadOnlyByteBuffer(), elements));
    }

    /** What a message says of a tensor besides its data, known to fit the model. */
    private record Described(String name, Datatype datatype, List<Long> shape) {
        InputTensor with(TensorData data) {
            return new InputTensor(name, datatype, shape, data);
        }
    }

    private Described describe(InferInputTensor input) {
        String name = input.getName();
        RequestParameters.requireInlineInput(name, Parameters.of(input.getParametersMap()));
        Datatype datatype = Datatype.named(input.getDatatype());
        if (datatype == null) {
            throw refusal("input '" + name + "': expected a datatype of " + Arrays.toString(Datatype.values())
                    + ", got '" + input.getDatatype() + "'");
        }
        List<Long> shape = shape(input);
        InputTensor.requireDescribed(signature.requireInput(name), signature.model(), datatype, shape);
        return new Described(name, datatype, shape);
    }

    private static List<Long> shape(InferInputTensor input) {
        int rank = input.getShapeCount();
        if (rank < 1 || rank > InputTensor.MAX_RANK) {
            throw refusal("input '" + input.getName() + "': expected a shape of 1 to " + InputTensor.MAX_RANK
                    + " sizes, got " + rank);
        }
        List<Long> shape = List.copyOf(input.getShapeList());
        if (shape.stream().anyMatch(size -> size < 1)) {
            throw refusal("input '" + input.getName() + "': expected sizes of at least 1, got shape " + shape);
        }
        try {
            InputTensor.elements(shape);
        } catch (ArithmeticException e) {
            throw refusal("input '" + input.getName() + "': " + InputTensor.tooManyElements(shape));
        }
        return shape;
    }

    private List<RequestedOutput> outputs(ModelInferRequest message) {
        Map<String, RequestedOutput> outputs = LinkedHashMap.newLinkedHashMap(message.getOutputsCount());
        for (InferRequestedOutputTensor output : message.getOutputsList()) {
            String name = output.getName();
            signature.requireOutput(name);
            if (outputs.put(name, RequestParameters.output(name, Parameters.of(output.getParametersMap()))) != null) {
                throw refusal("output '" + name + "' already exists in request");
            }
        }
        return List.copyOf(outputs.values());
    }

    private static InvalidInputException refusal(String message) {
        return new InvalidInputException("", message);
    }
}
