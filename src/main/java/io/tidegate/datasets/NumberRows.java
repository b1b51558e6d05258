package io.tidegate.datasets;

import io.tidegate.platform.JsonFloats;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Rows of numbers read from JSON: {@code [[1, 2], [3, 4]]}, or {@code [1, 2]} for rows of one number. */
final class NumberRows {

    private final String name;
    private float[] values = new float[64]; // [rows, width]
    private int used; // of values
    private int rows;
    private int width;
    private boolean present;
    private boolean inSteps; // for messages

    /** @param name the field's, for messages */
    NumberRows(String name) {
        this.name = name;
    }

    void clear() {
        used = 0;
        rows = 0;
        width = 0;
        present = false;
        inSteps = false;
    }

    boolean isPresent() {
        return present;
    }

    /** [rows, width], and room behind it. */
    float[] values() {
        return values;
    }

    int rows() {
        return rows;
    }

    int width() {
        return width;
    }

    /** Reads {@code [[…], …]} or {@code […]}. */
    void read(JsonParser json) {
        present = true;
        require(json.hasToken(JsonToken.START_ARRAY), json, "an array of steps, each an array of numbers or a number");
        boolean nested = false;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            inSteps = true;
            boolean array = json.hasToken(JsonToken.START_ARRAY);
            if (rows == 0) {
                nested = array;
            } else if (nested != array) {
                throw new BadRow(at() + ": expected " + (nested ? "an array of numbers" : "a number")
                        + " like the steps before it");
            }
            step(json, array);
            rows += array ? 0 : addPlain(json);
        }
    }

    private void step(JsonParser json, boolean array) {
        int count = 0;
        if (array) {
            count = addPlain(json);
            while (json.nextToken() != JsonToken.END_ARRAY) {
                add(json);
                count += 1 + addPlain(json);
            }
        } else {
            add(json);
            count = 1;
        }
        if ((rows > 0 && count != width) || count == 0) {
            throw new BadRow(at() + ": expected "
                    + (rows == 0 ? "at least one number" : counted(width) + " as in step 0") + ", got " + count);
        }
        width = count;
        rows++;
    }

    /** Reads {@code [1, 2]} or {@code 1} as one row. */
    void readOne(JsonParser json) {
        present = true;
        if (json.hasToken(JsonToken.START_ARRAY)) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
                add(json);
            }
            if (used == 0) {
                throw new BadRow("\"" + name + "\": expected at least one number, got none");
            }
        } else {
            add(json);
        }
        width = used;
        rows = 1;
    }

    private void add(JsonParser json) {
        require(json.currentToken() != null && json.currentToken().isNumeric(), json, "a number");
        float value = json.getFloatValue();
        if (!Float.isFinite(value)) {
            throw new BadRow(
                    at() + ": expected a number that a 32-bit float holds, got " + Quoted.shortened(json.getString()));
        }
        if (used == values.length) {
            values = Arrays.copyOf(values, 2 * values.length);
        }
        values[used++] = value;
    }

    private int addPlain(JsonParser json) {
        int count = JsonFloats.read(json, values, used, values.length - used);
        used += count;
        return count;
    }

    private void require(boolean holds, JsonParser json, String what) {
        if (!holds) {
            throw new BadRow(at() + ": expected " + what + ", got " + described(json.currentToken()));
        }
    }

    private String at() {
        return "\"" + name + "\"" + (inSteps ? " step " + rows : "");
    }

    private static String counted(int numbers) {
        return numbers == 1 ? "1 number" : numbers + " numbers";
    }

    static String described(@Nullable JsonToken token) {
        return switch (token) {
            case null -> "nothing";
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_NULL -> "null";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            default -> "something else";
        };
    }
}
