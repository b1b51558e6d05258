package io.tidegate.oip.rest;

import io.tidegate.inference.Generator;
import io.tidegate.inference.InvalidInputException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;

/**
 * What is to be written on from, and how.
 *
 * @param id given back as it came; null for none
 */
record GenerateRequest(@Nullable String id, String text, Generator.Options options) {

    static final String TEXT = "text_input";

    private static final Set<String> NUMBERS = Set.of("max_tokens", "temperature", "top_k", "seed");
    private static final int MAX_TOKENS = 200; // unless the request says otherwise

    /**
     * Reads the text, and parameters beside it or under {@code parameters}; others are ignored.
     *
     * @param most characters that one call may generate
     */
    static GenerateRequest read(InputStream in, String model, int most) {
        try (JsonBody body = new JsonBody(in)) {
            Reader reader = new Reader(body);
            body.object("a JSON object with \"" + TEXT + "\"", reader::member);
            body.requireEnd();
            return reader.request(model, most);
        }
    }

    private static final class Reader {

        private final JsonBody body;
        private @Nullable String id;
        private @Nullable String text;
        private final Map<String, Object> numbers = new HashMap<>();

        Reader(JsonBody body) {
            this.body = body;
        }

        private void member(String name) {
            if (body.token() == JsonToken.VALUE_NULL) {
                return;
            }
            switch (name) {
                case "id" -> id = body.string("a string");
                case TEXT, "text" -> text(name);
                case "parameters" -> body.parameters().forEach(this::parameter);
                default -> {
                    if (NUMBERS.contains(name)) {
                        parameter(name, body.parameter());
                    } else {
                        body.skip();
                    }
                }
            }
        }

        /** One text, by itself or in an array. */
        private void text(String name) {
            if (text != null) {
                throw new InvalidInputException("", "input '" + name + "' already exists in request");
            }
            if (body.token() == JsonToken.START_ARRAY) {
                List<String> texts = body.strings("one text", 1);
                text = texts.isEmpty() ? null : texts.getFirst();
            } else {
                text = body.string("a text");
            }
        }

        private void parameter(String name, @Nullable Object value) {
            if (NUMBERS.contains(name) && value != null) {
                numbers.put(name, value);
            }
        }

        private GenerateRequest request(String model, int most) {
            if (text == null) {
                throw new InvalidInputException(
                        "",
                        "expected 1 inputs but got 0 inputs for model '" + model
                                + "'. Got input(s) [], but missing required" + " input(s) [" + TEXT
                                + "]. Please provide all required input(s).");
            }
            if (text.isEmpty()) {
                throw new InvalidInputException("", TEXT + ": expected at least one character, got none");
            }
            String named = id == null || id.isEmpty() ? null : id;
            return new GenerateRequest(
                    named,
                    text,
                    new Generator.Options(
                            (int) integer("max_tokens", Math.min(MAX_TOKENS, most), 1, most),
                            fraction("temperature", 1, 100),
                            (int) integer("top_k", 0, 0, Integer.MAX_VALUE),
                            integer(
                                    "seed",
                                    ThreadLocalRandom.current().nextLong(1L << 53),
                                    Long.MIN_VALUE,
                                    Long.MAX_VALUE)));
        }

        private long integer(String name, long otherwise, long least, long most) {
            Object value = numbers.getOrDefault(name, otherwise);
            if (value instanceof Long number && number >= least && number <= most) {
                return number;
            }
            throw new InvalidInputException(
                    "", name + ": expected a whole number from " + least + " to " + most + ", got " + value);
        }

        private double fraction(String name, double otherwise, double most) {
            Object value = numbers.getOrDefault(name, otherwise);
            double number = value instanceof Number sent ? sent.doubleValue() : Double.NaN;
            if (number >= 0 && number <= most) {
                return number;
            }
            throw new InvalidInputException("", name + ": expected a number from 0 to " + most + ", got " + value);
        }
    }
}
