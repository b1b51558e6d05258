package io.tidegate.api;

import io.tidegate.checkpoint.ModelInput;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.inference.RequestInput;
import io.tidegate.platform.TidegateProperties.Limits;
import io.tidegate.registry.ModelVersion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads <code>{"sequences": [[[0.1, 0.2], …], …]}</code> or <code>{"texts": ["…"]}</code> number by number into one array,
 * and stops at the first thing that the model can't take.
 */
final class PredictReader implements JsonBody.Reader<RequestInput> {

    private final ModelVersion version;
    private final Limits limits;

    private final NumberRows values = new NumberRows(); // [total steps, size]
    private int[] offsets = new int[17]; // [sequences + 1]
    private int sequences;

    PredictReader(ModelVersion version, Limits limits) {
        this.version = version;
        this.limits = limits;
    }

    @Override
    public RequestInput read(JsonParser json) {
        require(json, JsonToken.START_OBJECT, "", "an object with \"sequences\" or \"texts\"");
        @Nullable RequestInput input = null;
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String field = json.currentName();
            if (!field.equals("sequences") && !field.equals("texts")) {
                throw new InvalidInputException(
                        "/" + field, "expected \"sequences\" or \"texts\", got \"" + field + "\"");
            }
            if (input != null) {
                throw new InvalidInputException("/" + field, "expected \"sequences\" or \"texts\", got both");
            }
            json.nextToken();
            input = field.equals("sequences") ? sequences(json) : texts(json);
        }
        if (input == null) {
            throw new InvalidInputException("", "expected \"sequences\" or \"texts\", got neither");
        }
        return input;
    }

    private RequestInput sequences(JsonParser json) {
        if (!(version.card().descriptor().input() instanceof ModelInput.Features expected)) {
            throw new InvalidInputException(
                    "/sequences", "model '" + version.name() + "' reads characters, not features; send \"texts\"");
        }
        require(json, JsonToken.START_ARRAY, "/sequences", "an array of sequences, [sequences][steps][features]");
        while (json.nextToken() != JsonToken.END_ARRAY) {
            String pointer = "/sequences/" + sequences;
            require(json, JsonToken.START_ARRAY, pointer, "a sequence: an array of steps, each an array of numbers");
            requireAtMost(limits.maxBatch(), sequences + 1, "sequences (tidegate.limits.max-batch)", "/sequences");
            int steps = 0;
            while (json.nextToken() != JsonToken.END_ARRAY) {
                requireAtMost(limits.maxSteps(), steps + 1, "steps (tidegate.limits.max-steps)", pointer);
                step(json, expected.size(), pointer + "/" + steps, steps);
                steps++;
            }
            sequences++;
            offsets = offsets.length > sequences ? offsets : Arrays.copyOf(offsets, 2 * offsets.length);
            offsets[sequences] = values.count() / expected.size();
        }
        return new RequestInput.Features(values.toArray(), expected.size(), Arrays.copyOf(offsets, sequences + 1));
    }

    private void step(JsonParser json, int size, String pointer, int step) {
        require(json, JsonToken.START_ARRAY, pointer, "a step: an array of " + size + " numbers");
        int features = values.read(json, size, pointer);
        if (features != size) {
            throw new InvalidInputException(
                    pointer,
                    "model '" + version.name() + "' takes " + size + (size == 1 ? " feature" : " features")
                            + " per step, sequence " + sequences + " step " + step + " has " + features);
        }
    }

    private RequestInput texts(JsonParser json) {
        require(json, JsonToken.START_ARRAY, "/texts", "an array of strings");
        List<String> texts = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            requireAtMost(limits.maxBatch(), texts.size() + 1, "texts (tidegate.limits.max-batch)", "/texts");
            require(json, JsonToken.VALUE_STRING, "/texts/" + texts.size(), "a string");
            texts.add(json.getString());
        }
        return new RequestInput.Texts(texts);
    }

    static void requireAtMost(int limit, int count, String what, String pointer) {
        if (count > limit) {
            throw new InvalidInputException(pointer, "expected at most " + limit + " " + what + ", got more");
        }
    }

    static void require(JsonParser json, JsonToken expected, String pointer, String what) {
        if (!json.hasToken(expected)) {
            throw new InvalidInputException(pointer, "expected " + what + ", got " + described(json.currentToken()));
        }
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
            default -> "the end of what came before";
        };
    }
}
