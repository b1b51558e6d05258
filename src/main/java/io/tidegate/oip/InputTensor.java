package io.tidegate.oip;

import io.tidegate.inference.InvalidInputException;
import java.util.List;

/**
 * A tensor as it was sent.
 *
 * @param shape every size at least 1, and their product a {@code long}
 */
record InputTensor(String name, Datatype datatype, List<Long> shape, TensorData data) {

    /** Number of elements that a shape has. */
    static long elements(List<Long> shape) {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /** Number of sequences. */
    long batch() {
        return shape.getFirst();
    }

    /** Refuses a tensor that isn't what its model describes, or that contradicts itself. */
    void requireFits(TensorMetadata described, String model) {
        if (!described.datatype().accepts(datatype)) {
            throw refusal("inference input '" + name + "' data-type is '" + datatype + "', but model '" + model
                    + "' expects '" + described.datatype() + "'");
        }
        if (!described.fits(shape)) {
            throw refusal("unexpected shape for input '" + name + "' for model '" + model + "'. Expected "
                    + described.shape() + ", got " + shape);
        }
        if (data.count() != elements(shape)) {
            throw refusal("unexpected size for input '" + name + "': expected " + elements(shape)
                    + " elements for shape " + shape + ", got " + data.count());
        }
        List<Long> nesting = data.nesting();
        if (nesting.size() > shape.size() || (nesting.size() == shape.size() && !nesting.equals(shape))) {
            throw refusal("unexpected nesting of input '" + name + "': expected a flat list or arrays of the sizes "
                    + shape + ", got " + nesting);
        }
        boolean texts = data instanceof TensorData.Texts;
        if (texts != (datatype.form() == Datatype.Form.TEXT)) {
            throw refusal("unexpected data of input '" + name + "': expected " + (texts ? "numbers" : "strings")
                    + " for " + datatype + ", got " + (texts ? "strings" : "numbers"));
        }
    }

    /** Element {@code k} of an integer tensor, which must lie between two bounds. */
    int integer(int k, int from, int to) {
        double value = number(k);
        double low = Math.max(from, datatype.min()), high = Math.min(to, datatype.max());
        if (value != Math.rint(value) || value < low || value > high) {
            throw refusal("input '" + name + "': expected whole numbers from " + (long) low + " to " + (long) high
                    + ", got " + shown(value) + " at element " + k);
        }
        return (int) value;
    }

    /** Element {@code k} as FP32. */
    float fraction(int k) {
        double value = number(k);
        if (!Float.isFinite((float) value)) {
            throw refusal(
                    "input '" + name + "': expected numbers that FP32 can hold, got " + value + " at element " + k);
        }
        return (float) value;
    }

    private double number(int k) {
        return ((TensorData.Numbers) data).values()[k];
    }

    private static String shown(double value) {
        return Math.abs(value) < 0x1p53 && value == Math.rint(value)
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private static InvalidInputException refusal(String message) {
        return new InvalidInputException("", message);
    }
}
