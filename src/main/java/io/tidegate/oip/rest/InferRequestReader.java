package io.tidegate.oip.rest;

import io.tidegate.inference.InvalidInputException;
import io.tidegate.oip.Datatype;
import io.tidegate.oip.InferRequest;
import io.tidegate.oip.InferRequest.RequestedOutput;
import io.tidegate.oip.InputTensor;
import io.tidegate.oip.RawTensors;
import io.tidegate.oip.RequestParameters;
import io.tidegate.oip.Signature;
import io.tidegate.oip.TensorData;
import io.tidegate.oip.TensorMetadata;
import io.tidegate.platform.TidegateProperties.Limits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;

/** Reads a request for one model off the wire, and stops at the first thing that is wrong with it. */
final class InferRequestReader {

    /**
     * @param binary by output's name, where the request says so
     * @param binaryByDefault of the other outputs
     */
    record Read(InferRequest request, Map<String, Boolean> binary, boolean binaryByDefault) {
        boolean isBinary(String output) {
            return binary.getOrDefault(output, binaryByDefault);
        }
    }

    private final Body wire;
    private final JsonBody body;
    private final Signature signature;
    private final Limits limits;

    private @Nullable String id;
    private RequestParameters parameters = RequestParameters.NONE;
    private boolean binaryByDefault;
    private final List<InputTensorReader> inputs = new ArrayList<>(2);
    private final Map<String, RequestedOutput> outputs = new LinkedHashMap<>();
    private final Map<String, Boolean> binary = new HashMap<>();

    private InferRequestReader(Body wire, JsonBody body, Signature signature, Limits limits) {
        this.wire = wire;
        this.body = body;
        this.signature = signature;
        this.limits = limits;
    }

    static Read read(Body wire, Signature signature, Limits limits) throws IOException {
        if (wire.isRaw()) {
            return raw(wire.rest(), signature);
        }
        try (JsonBody body = new JsonBody(wire.json())) {
            return new InferRequestReader(wire, body, signature, limits).request();
        }
    }

    private Read request() throws IOException {
        body.object("a JSON object with \"inputs\"", name -> {
            if (body.token() != JsonToken.VALUE_NULL) { // some clients send null for what they leave out
                member(name);
            }
        });
        body.requireEnd();
        Map<String, InputTensor> tensors = tensors();
        InferRequest request = new InferRequest(
                id,
                tensors,
                List.copyOf(outputs.values()),
                parameters.priority(),
                parameters.timeoutMicros(),
                parameters.sequence());
        return new Read(request, binary, binaryByDefault);
    }

    private void member(String name) {
        switch (name) {
            case "id" -> id = body.string("a string");
            case "parameters" -> {
                Map<String, Object> sent = body.parameters();
                parameters = RequestParameters.of(sent);
                binaryByDefault = Boolean.TRUE.equals(flag("binary_data_output", sent));
            }
            case "inputs" -> body.array("an array of tensors", this::input);
            case "outputs" -> body.array("an array of objects with a \"name\"", this::output);
            default -> body.skip();
        }
    }

    private @Nullable Boolean flag(String name, Map<String, Object> parameters) {
        return switch (parameters.get(name)) {
            case null -> null;
            case Boolean value -> value;
            case Object other ->
                throw body.problem("Unable to parse '" + name + "': expected true or false, got " + other);
        };
    }

    private void input() {
        InputTensorReader tensor = new InputTensorReader(body, limits).read();
        signature.requireInput(tensor.name());
        for (InputTensorReader other : inputs) {
            if (other.name().equals(tensor.name())) {
                throw new InvalidInputException("", "input '" + tensor.name() + "' already exists in request");
            }
        }
        inputs.add(tensor);
    }

    private void output() {
        String[] name = {""};
        List<Map<String, Object>> sent = new ArrayList<>(1);
        body.object("an object with a \"name\"", member -> {
            switch (member) {
                case "name" -> name[0] = body.string("an output's name");
                case "parameters" -> sent.add(body.parameters());
                default -> body.skip();
            }
        });
        if (name[0].isEmpty()) {
            throw body.problem("expected the \"name\" of an output, got none");
        }
        signature.requireOutput(name[0]);
        Map<String, Object> wishes = sent.isEmpty() ? Map.of() : sent.getFirst();
        Boolean inBinary = flag("binary_data", wishes);
        if (inBinary != null) {
            binary.put(name[0], inBinary);
        }
        if (outputs.put(name[0], RequestParameters.output(name[0], wishes)) != null) {
            throw new InvalidInputException("", "output '" + name[0] + "' already exists in request");
        }
    }

    /** The inputs, those in binary read from what follows the JSON, in the order in which they are named. */
    private Map<String, InputTensor> tensors() throws IOException {
        Map<String, InputTensor> tensors = new LinkedHashMap<>();
        for (InputTensorReader input : inputs) {
            tensors.put(input.name(), input.isBinary() ? input.binary(wire, signature.model()) : input.inline());
        }
        if (wire.hasTensors() && !wire.isAtEnd()) {
            throw new InvalidInputException(
                    "",
                    "unexpected additional input data for model '" + signature.model()
                            + "': the body goes on after its JSON and the inputs' bytes");
        }
        return tensors;
    }

    /** A body that is one tensor: a single sequence, or the UTF-8 of a single text. All outputs come in binary. */
    private static Read raw(ByteBuffer bytes, Signature signature) {
        TensorMetadata described = signature.inputs().getFirst();
        String name = described.name();
        InputTensor tensor;
        if (described.datatype() == Datatype.BYTES) {
            tensor = new InputTensor(
                    name, Datatype.BYTES, List.of(1L), new TensorData.Texts(List.of(RawTensors.text(name, bytes, 0))));
        } else {
            List<Long> shape = shapeOfRaw(described, bytes.remaining());
            TensorData data = RawTensors.decode(name, described.datatype(), bytes, InputTensor.elements(shape));
            tensor = new InputTensor(name, described.datatype(), shape, data);
        }
        return new Read(new InferRequest(null, Map.of(name, tensor), List.of(), 0, 0, null), Map.of(), true);
    }

    /** Batch 1, and as many steps as there are bytes for. */
    private static List<Long> shapeOfRaw(TensorMetadata described, int bytes) {
        List<Integer> sizes = described.shape().subList(1, described.shape().size());
        long step = Float.BYTES;
        int variable = 0;
        for (int size : sizes) {
            step *= Math.max(1, size);
            variable += size < 0 ? 1 : 0;
        }
        if (variable > 1) {
            throw new InvalidInputException(
                    "",
                    "The shape of the raw input '" + described.name()
                            + "' can not be deduced because there are more than one variable-sized dimension");
        }
        if (bytes == 0 || bytes % step != 0 || (variable == 0 && bytes != step)) {
            throw new InvalidInputException(
                    "",
                    "unexpected size for input '" + described.name() + "': expected "
                            + (variable == 0 ? "" : "a multiple of ") + step + " bytes for one sequence of "
                            + described.datatype() + " " + sizes + ", got " + bytes);
        }
        List<Long> shape = new ArrayList<>(List.of(1L));
        for (int size : sizes) {
            shape.add(size < 0 ? bytes / step : (long) size);
        }
        return shape;
    }
}
