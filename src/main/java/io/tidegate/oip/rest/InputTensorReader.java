package io.tidegate.oip.rest;

import io.tidegate.inference.InvalidInputException;
import io.tidegate.oip.Datatype;
import io.tidegate.oip.InputTensor;
import io.tidegate.oip.TensorData;
import io.tidegate.platform.TidegateProperties.Limits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads one input tensor, its members in any order. */
final class InputTensorReader {

    private static final int MAX_RANK = 8;

    private final JsonBody body;
    private final Limits limits;

    private @Nullable String name;
    private @Nullable Datatype datatype;
    private @Nullable List<Long> shape;
    private TensorDataReader.@Nullable Elements data;

    InputTensorReader(JsonBody body, Limits limits) {
        this.body = body;
        this.limits = limits;
    }

    InputTensor read() {
        body.object("a tensor's object", this::member);
        String known = required(name, "name");
        return new InputTensor(
                known,
                required(datatype, "datatype"),
                required(shape, "shape"),
                data(known, required(datatype, "datatype"), required(data, "data")));
    }

    private static TensorData data(String name, Datatype datatype, TensorDataReader.Elements sent) {
        long count = sent.count();
        double[] numbers = sent.numbers();
        if (!sent.texts().isEmpty()) {
            return new TensorData.Texts(sent.texts(), count, sent.nesting());
        }
        if (datatype.form() == Datatype.Form.FRACTION) {
            float[] values = new float[numbers.length];
            for (int k = 0; k < values.length; k++) {
                values[k] = (float) numbers[k];
            }
            return new TensorData.Floats(values, count, sent.nesting());
        }
        long[] values = new long[numbers.length];
        for (int k = 0; k < values.length; k++) {
            if (numbers[k] != Math.rint(numbers[k]) || numbers[k] < datatype.min() || numbers[k] > datatype.max()) {
                throw new InvalidInputException(
                        "",
                        "input '" + name + "': expected whole numbers from " + (long) datatype.min() + " to "
                                + (long) datatype.max() + ", got " + numbers[k] + " at element " + k);
            }
            values[k] = (long) numbers[k];
        }
        return new TensorData.Integers(values, count, sent.nesting());
    }

    private void member(String member) {
        switch (member) {
            case "name" -> name = body.string("an input's name");
            case "datatype" -> datatype = datatype();
            case "shape" -> shape = shape();
            case "parameters" -> UnservedParameters.refuse(body);
            case "data" -> {
                long expected = shape == null ? Long.MAX_VALUE : InputTensor.elements(shape);
                data = new TensorDataReader(body, limits, expected).read();
            }
            default -> body.skip();
        }
    }

    private <T> T required(@Nullable T value, String member) {
        if (value == null) {
            throw body.problem(
                    "expected \"" + member + "\"" + (name == null ? "" : " of input '" + name + "'") + ", got none");
        }
        return value;
    }

    private Datatype datatype() {
        String sent = body.string("a datatype");
        Datatype known = Arrays.stream(Datatype.values())
                .filter(each -> each.name().equals(sent))
                .findFirst()
                .orElseThrow(() -> body.refusal("one of " + Arrays.toString(Datatype.values())));
        if (known.form() == Datatype.Form.BINARY) {
            throw body.refusal("a datatype that JSON has a form for, such as FP32");
        }
        return known;
    }

    private List<Long> shape() {
        List<Long> sizes = new ArrayList<>();
        body.array("an array of sizes", () -> {
            long size = body.integer("sizes of at least 1");
            if (size < 1) {
                throw body.refusal("sizes of at least 1");
            }
            sizes.add(size);
            if (sizes.size() > MAX_RANK) {
                throw body.problem("expected at most " + MAX_RANK + " sizes, got more");
            }
        });
        try {
            InputTensor.elements(sizes);
        } catch (ArithmeticException e) {
            throw body.problem("expected a shape of fewer than 2^63 elements, got " + sizes);
        }
        return sizes;
    }
}
