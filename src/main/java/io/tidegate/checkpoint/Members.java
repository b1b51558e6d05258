package io.tidegate.checkpoint;

import static io.tidegate.checkpoint.Problems.got;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The members of one object of {@code model.json}. What is wrong with one is noted under its JSON Pointer and a stand-in or null
 * returned; nobody sees the stand-ins, since the notes end in an exception.
 */
final class Members {

    private final ObjectNode object;
    private final String pointer;
    private final Problems problems;

    Members(ObjectNode object, String pointer, Problems problems) {
        this.object = object;
        this.pointer = pointer;
        this.problems = problems;
    }

    /** Notes every member that isn't one of these, so that a typing error doesn't vanish silently. */
    void accept(String... names) {
        List<String> accepted = List.of(names);
        for (String name : object.propertyNames()) {
            if (!accepted.contains(name)) {
                note(
                        name,
                        "unknown field; expected " + (accepted.isEmpty() ? "none here" : String.join(", ", accepted)));
            }
        }
    }

    void note(String name, String message) {
        problems.add(pointer(name), message);
    }

    /** A note on one element of an array. */
    void note(String name, int index, String message) {
        problems.add(pointer(name) + "/" + index, message);
    }

    String pointer(String name) {
        return StrictJson.member(pointer, name);
    }

    @Nullable
    JsonNode optional(String name) {
        return object.get(name);
    }

    @Nullable
    JsonNode required(String name, String expected) {
        JsonNode value = object.get(name);
        if (value == null) {
            note(name, "expected " + expected + ", got nothing");
        }
        return value;
    }

    @Nullable
    Members members(String name) {
        return switch (required(name, "an object")) {
            case null -> null;
            case ObjectNode members -> new Members(members, pointer(name), problems);
            case JsonNode other -> {
                note(name, "expected an object, " + got(other));
                yield null;
            }
        };
    }

    /** @param expected what the text must be, in words */
    @Nullable
    String text(String name, String expected) {
        return text(name, required(name, expected), expected);
    }

    @Nullable
    String optionalText(String name, String expected) {
        return text(name, optional(name), expected);
    }

    private @Nullable String text(String name, @Nullable JsonNode value, String expected) {
        if (value == null || value.isString()) {
            return value == null ? null : value.stringValue();
        }
        note(name, "expected " + expected + ", " + got(value));
        return null;
    }

    /** An integer from 1 to {@code most}, or 0 where there's none. */
    int size(String name, int most) {
        String expected = "an integer from 1 to " + most;
        JsonNode value = required(name, expected);
        if (value != null) {
            if (value.isIntegralNumber()
                    && value.canConvertToInt()
                    && value.intValue() >= 1
                    && value.intValue() <= most) {
                return value.intValue();
            }
            note(name, "expected " + expected + ", " + got(value));
        }
        return 0;
    }

    boolean optionalFlag(String name) {
        JsonNode value = optional(name);
        if (value != null && !value.isBoolean()) {
            note(name, "expected true or false, " + got(value));
        }
        return value != null && value.asBoolean(false);
    }
}
