package io.tidegate.oip;

import io.tidegate.inference.InvalidInputException;
import java.util.List;

/**
 * A tensor as it was sent.
 *
 * @param shape every size at least 1, and their product a {@code long}
 */
public record InputTensor(String name, Datatype datatype, List<Long> shape, TensorData data) {

    /** Number of elements that a shape has. */
    public static long elements(List<Long> shape) {
        long elements = 1;
        for (long size : shape) {
            elements = Math.multiplyExact(elements, size);
        }
        return elements;
    }

    /** Number of sequences. */
    public long batch() {
        return shape.getFirst();
    }

    /** Refuses a tensor that isn't what its model describes, or that contradicts itself. */
    void requireFits(TensorMetadata described, String model) {
        requireDescribed(described, model, datatype, shape);
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

    /** Refuses a datatype and a shape that aren't what a model describes, before there is any data. */
    public static void requireDescribed(TensorMetadata described, String model, Datatype datatype, List<Long> shape) {
        if (!described.datatype().accepts(datatype)) {
            throw refusal("inference input '" + described.name() + "' data-type is '" + datatype + "', but model '"
                    + model + "' expects '" + described.datatype() + "'");
        }
        if (!described.fits(shape)) {
            throw refusal("unexpected shape for input '" + described.name() + "' for model '" + model + "'. Expected "
                    + described.shape() + ", got " + shape);
        }
    }

    /** Element {@code k} of an integer tensor, which must lie between two bounds. */
    int integer(int k, int from, int to) {
        long value = ((TensorData.Integers) data).values()[k];
        if (value < from || value > to) {
            throw refusal("input '" + name + "': expected whole numbers from " + from + " to " + to + ", got " + value
                    + " at element " + k);
        }
        return (int) value;
    }

    /** All elements as FP32; there may be room for more behind them. */
    float[] fractions() {
        return ((TensorData.Floats) data).values();
    }

    /** Refuses elements {@code from} to {@code to} of these where one isn't a number. */
    void requireFinite(float[] values, int from, int to) {
        for (int k = from; k < to; k++) {
            if (!Float.isFinite(values[k])) {
                throw refusal("input '" + name + "': expected numbers that FP32 can hold, got " + values[k]
                        + " at element " + k);
            }
        }
    }

    private static InvalidInputException refusal(String message) {
        return new InvalidInputException("", message);
    }
}
