package io.tidegate.api;

import io.tidegate.inference.InvalidInputException;
import io.tidegate.platform.JsonFloats;
import java.util.Arrays;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Gathers JSON arrays of numbers, one after the other, as 32-bit floats. */
final class NumberRows {

    private float[] values = new float[256];
    private int count;

    /**
     * Reads one array, from its start to its end.
     *
     * @param size numbers that are kept of it
     * @return how many it has
     */
    int read(JsonParser json, int size, String pointer) {
        int numbers = readPlain(json, size);
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (!json.hasToken(JsonToken.VALUE_NUMBER_INT) && !json.hasToken(JsonToken.VALUE_NUMBER_FLOAT)) {
                throw new InvalidInputException(
                        pointer + "/" + numbers,
                        "expected a number, got " + PredictReader.described(json.currentToken()));
            }
            float value = json.getFloatValue();
            if (!Float.isFinite(value)) {
                throw new InvalidInputException(
                        pointer + "/" + numbers,
                        "expected a number that a 32-bit float holds, got " + json.getString());
            }
            if (numbers < size) {
                values[count++] = value; // for which there is room
            }
            numbers++;
            numbers += readPlain(json, Math.max(0, size - numbers));
        }
        return numbers;
    }

    private int readPlain(JsonParser json, int most) {
        if (count + most > values.length) {
            values = Arrays.copyOf(values, Math.max(count + most, 2 * values.length));
        }
        int numbers = JsonFloats.read(json, values, count, most);
        count += numbers;
        return numbers;
    }

    /** Numbers kept of all arrays. */
    int count() {
        return count;
    }

    float[] toArray() {
        return Arrays.copyOf(values, count);
    }
}
