package io.tidegate.oip.rest;

import io.tidegate.inference.InvalidInputException;
import io.tidegate.oip.Datatype;
import io.tidegate.oip.InputTensor;
import io.tidegate.oip.RawTensors;
import io.tidegate.oip.RequestParameters;
import io.tidegate.oip.TensorData;
import io.tidegate.platform.TidegateProperties.Limits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one input tensor, its members in any order; its data may follow in binary. */
final class InputTensorReader {

    private static final long INLINE = -1;

    private final JsonBody body;
    private final Limits limits;

    private @Nullable String name;
    private @Nullable Datatype datatype;
    private @Nullable List<Long> shape;
    private @Nullable TensorDataReader data;
    private long binarySize = INLINE;

    InputTensorReader(JsonBody body, Limits limits) {
        this.body = body;
        this.limits = limits;
    }

    /** Reads its JSON. */
    InputTensorReader read() {
        body.object("a tensor's object", this::member);
        requireWhole();
        return this;
    }

    private void member(String member) {
        switch (member) {
            case "name" -> name = body.string("an input's name");
            case "datatype" -> datatype = datatype();
            case "shape" -> shape = shape();
            case "parameters" -> parameters(body.parameters());
            case "data" -> {
                long expected = shape == null ? Long.MAX_VALUE : InputTensor.elements(shape);
                requireJsonForm(datatype);
                data = new TensorDataReader(body, limits, datatype, expected).read();
            }
            default -> body.skip();
        }
    }

    private void parameters(Map<String, Object> parameters) {
        RequestParameters.requireInlineInput(name == null ? "" : name, parameters);
        Object size = parameters.get("binary_data_size");
        if (size != null) {
            if (!(size instanceof Long bytes) || bytes < 0) {
                throw body.problem("Unable to parse 'binary_data_size': expected a number of bytes, got " + size);
            }
            binarySize = bytes;
        }
    }

    private void requireWhole() {
        required(name, "name");
        requireJsonForm(data == null ? null : required(datatype, "datatype"));
        required(datatype, "datatype");
        List<Long> sizes = required(shape, "shape");
        if (data == null && binarySize == INLINE) {
            throw body.problem("expected \"data\" of input '" + name
                    + "', or \"binary_data_size\" in its parameters, got none of them");
        }
        if (data != null && binarySize > 0) {
            throw body.problem(
                    "Input must set only one of the following fields: 'data', 'binary_data_size' in 'parameters'."
                            + " But set 'data' 'binary_data_size'");
        }
        long elements = InputTensor.elements(sizes);
        if (elements > Long.MAX_VALUE / Double.BYTES) {
            throw body.problem("byte size overflow for input '" + name + "': element count (" + elements
                    + ") times the datatype's size exceeds the maximum of 2^63 - 1");
        }
    }

    private void requireJsonForm(@Nullable Datatype known) {
        if (known != null && known.form() == Datatype.Form.BINARY) {
            throw body.problem("expected a datatype that JSON has a form for, such as FP32, got '" + known
                    + "'; send its data in binary");
        }
    }

    private <T> T required(@Nullable T value, String member) {
        if (value == null) {
            throw body.problem(
                    "expected \"" + member + "\"" + (name == null ? "" : " of input '" + name + "'") + ", got none");
        }
        return value;
    }

    String name() {
        return required(name, "name");
    }

    /** Whether its data follows the JSON. */
    boolean isBinary() {
        return data == null;
    }

    /** The tensor, if its data was in the JSON. */
    InputTensor inline() {
        Datatype known = required(datatype, "datatype");
        return tensor(required(data, "data").data(name(), known));
    }

    /** The tensor, its data read from what follows the JSON. */
    InputTensor binary(Body wire, String model) throws IOException {
        if (!wire.hasTensors()) {
            throw new InvalidInputException(
                    "",
                    "must specify valid '" + Body.JSON_LENGTH
                            + "' in request header and 'binary_data_size' when passing"
                            + " inputs in binary data format");
        }
        long elements = InputTensor.elements(required(shape, "shape"));
        Datatype known = required(datatype, "datatype");
        RawTensors.requireRoom(name(), known, elements, limits);
        ByteBuffer bytes = wire.next(binarySize);
        if (bytes == null) {
            throw new InvalidInputException(
                    "",
                    "unexpected size for input '" + name + "', expecting additional bytes for model '" + model
                            + "': its 'binary_data_size' is " + binarySize + ", and the body ends before");
        }
        return tensor(RawTensors.decode(name(), known, bytes, elements));
    }

    private InputTensor tensor(TensorData values) {
        return new InputTensor(name(), required(datatype, "datatype"), required(shape, "shape"), values);
    }

    private Datatype datatype() {
        String sent = body.string("a datatype");
        Datatype known = Datatype.named(sent);
        if (known == null) {
            throw body.refusal("one of " + Arrays.toString(Datatype.values()));
        }
        return known;
    }

    private List<Long> shape() {
        List<Long> sizes = new ArrayList<>(4);
        body.array("an array of sizes", () -> {
            long size = body.integer("whole sizes from 1 to 2^63 - 1");
            if (size < 1) {
                throw body.refusal("whole sizes from 1 to 2^63 - 1");
            }
            sizes.add(size);
            if (sizes.size() > InputTensor.MAX_RANK) {
                throw body.problem("expected at most " + InputTensor.MAX_RANK + " sizes, got more");
            }
        });
        try {
            InputTensor.elements(sizes);
        } catch (ArithmeticException e) {
            throw body.problem(InputTensor.tooManyElements(sizes));
        }
        return sizes;
    }
}
