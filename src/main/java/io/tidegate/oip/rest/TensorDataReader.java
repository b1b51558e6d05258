package io.tidegate.oip.rest;

import io.tidegate.inference.InvalidInputException;
import io.tidegate.oip.Datatype;
import io.tidegate.oip.TensorData;
import io.tidegate.platform.TidegateProperties.Limits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;

/**
 * Reads {@code data}, nested or flat, into one array of its datatype's numbers, which grows with what arrives: neither a large shape
 * nor a long body makes it take more memory than the limits allow. Where the datatype comes later, numbers are kept as whatever
 * they may turn out to be.
 */
final class TensorDataReader {

    private static final int FIRST_CAPACITY = 1024;

    private final JsonBody body;
    private final Limits limits;
    private final @Nullable Datatype datatype; // null while unknown
    private final long expected;
    private final Nesting nesting = new Nesting();

    private float[] floats = {};
    private double[] doubles = {};
    private long[] longs = {};
    private final List<String> texts = new ArrayList<>();
    private long count;

    /**
     * @param datatype null where it isn't known yet
     * @param expected number of elements, as far as is known: those beyond it are counted, not kept
     */
    TensorDataReader(JsonBody body, Limits limits, @Nullable Datatype datatype, long expected) {
        this.body = body;
        this.limits = limits;
        this.datatype = datatype;
        this.expected = expected;
    }

    /** Reads them all, with the parser at the array. */
    TensorDataReader read() {
        body.require(JsonToken.START_ARRAY, "an array, nested as the shape or flat");
        follow(nesting.open());
        while (nesting.isOpen()) {
            plainNumbers();
            switch (body.next()) {
                case START_ARRAY -> follow(nesting.open());
                case END_ARRAY -> follow(nesting.close());
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number();
                case VALUE_STRING -> text();
                case VALUE_TRUE, VALUE_FALSE -> flag();
                default -> throw body.refusal("numbers or strings");
            }
        }
        return this;
    }

    private void follow(boolean regular) {
        if (!regular) {
            throw body.problem("expected arrays of one length at each level of nesting, got ragged ones;"
                    + " pad them and send \"lengths\"");
        }
    }

    /** What comes next at the speed of plain numbers, as far as there is room; of more, the first makes it. */
    private void plainNumbers() {
        long room = Math.min(expected, floats.length) - count;
        if (datatype == null || isInteger() || !texts.isEmpty() || room <= 0) {
            return;
        }
        int numbers = body.plainNumbers(floats, (int) count, (int) room);
        if (numbers > 0) {
            follow(nesting.leaves(numbers));
            count += numbers;
        }
    }

    private void number() {
        int k = place();
        if (k < 0) {
            return;
        }
        if (datatype == null) {
            doubles[k] = body.number();
            floats[k] = body.fractionAgain();
        } else if (datatype == Datatype.FP32) {
            floats[k] = body.fraction();
        } else if (isInteger()) {
            longs[k] = body.isLong() ? body.integer("a whole number") : whole(body.number(), datatype, k);
        } else {
            floats[k] = (float) body.number(); // as the nearest double, then as FP32
        }
    }

    private void flag() {
        if (datatype != Datatype.BOOL) {
            throw body.refusal("numbers or strings");
        }
        int k = place();
        if (k >= 0) {
            longs[k] = body.flag("true or false") ? 1 : 0;
        }
    }

    /** Where the next number goes; less than 0 where it is one too many. */
    private int place() {
        follow(nesting.leaves(1));
        if (!texts.isEmpty()) {
            throw body.refusal("strings alone or numbers alone");
        }
        if (count >= expected) {
            count++;
            return -1;
        }
        if (count == capacity()) {
            grow();
        }
        return (int) count++;
    }

    private int capacity() {
        return Math.max(floats.length, longs.length);
    }

    private void grow() {
        int width = datatype == null ? Float.BYTES + Double.BYTES : isInteger() ? Long.BYTES : Float.BYTES;
        long most = Math.min(limits.maxWorkingSet().toBytes() / width, Integer.MAX_VALUE - 8);
        if (count >= most) {
            throw body.problem("expected at most " + most + " numbers (tidegate.limits.max-working-set), got more");
        }
        int capacity = (int) Math.min(Math.min(expected, most), Math.max(FIRST_CAPACITY, count + (count >> 1)));
        if (isInteger()) {
            longs = Arrays.copyOf(longs, capacity);
        } else {
            floats = Arrays.copyOf(floats, capacity);
        }
        if (datatype == null) {
            doubles = Arrays.copyOf(doubles, capacity);
        }
    }

    private boolean isInteger() {
        return datatype != null && (datatype.form() == Datatype.Form.INTEGER || datatype.form() == Datatype.Form.FLAG);
    }

    private void text() {
        follow(nesting.leaves(1));
        if (count > texts.size()) {
            throw body.refusal("strings alone or numbers alone");
        }
        if (count >= limits.maxBatch()) {
            throw body.problem(
                    "expected at most " + limits.maxBatch() + " texts (tidegate.limits.max-batch), got more");
        }
        texts.add(body.string("a string"));
        count++;
    }

    /** What was read, by a datatype that is known by now. */
    TensorData data(String input, Datatype known) {
        List<Long> sizes = nesting.sizes();
        if (!texts.isEmpty()) {
            return new TensorData.Texts(texts, count, sizes);
        }
        if (known.form() == Datatype.Form.FRACTION || known.form() == Datatype.Form.TEXT) {
            if (datatype == null && known == Datatype.FP64) {
                for (int k = 0; k < floats.length; k++) {
                    floats[k] = (float) doubles[k];
                }
            }
            return new TensorData.Floats(floats, count, sizes);
        }
        int kept = (int) Math.min(count, expected);
        if (datatype == null) {
            longs = new long[kept];
            for (int k = 0; k < kept; k++) {
                longs[k] = whole(input, doubles[k], known, k);
            }
        }
        for (int k = 0; k < kept; k++) {
            if (longs[k] < known.min() || longs[k] > known.max()) {
                throw notWhole(input, known, Long.toString(longs[k]), k);
            }
        }
        return new TensorData.Integers(longs, count, sizes);
    }

    private long whole(double number, Datatype known, int element) {
        return whole("", number, known, element);
    }

    /** A whole number written with a fraction or an exponent, or one that only UINT64 may hold. */
    private long whole(String input, double number, Datatype known, int element) {
        if (number != Math.rint(number) || number < known.min() || number > known.max()) {
            throw notWhole(input, known, Double.toString(number), element);
        }
        return (long) number;
    }

    private InvalidInputException notWhole(String input, Datatype known, String got, int element) {
        String message = "expected whole numbers from " + (long) known.min() + " to " + (long) known.max() + ", got "
                + got + " at element " + element;
        return input.isEmpty()
                ? body.problem(message)
                : new InvalidInputException("", "input '" + input + "': " + message);
    }
}
