package io.tidegate.oip.rest;

import io.tidegate.inference.InvalidInputException;
import io.tidegate.platform.JsonFloats;
import java.io.InputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.JsonRecyclerPools;

/**
 * A request's JSON, read token by token off the wire; the parser stands at a value when a method is called, and at that value's
 * end when it returns. Whatever is wrong is an {@link InvalidInputException} that says where.
 */
final class JsonBody implements AutoCloseable {

    static final int MAX_DEPTH = 100;

    static final int MAX_NUMBER = 1000, MAX_NAME = 1000; // characters

    private static final int SHOWN = 60;

    private static final JsonFactory FACTORY = JsonFloats.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNumberLength(MAX_NUMBER)
                    .maxNameLength(MAX_NAME)
                    .maxStringLength(Integer.MAX_VALUE) // the body's own limit is smaller
                    .build())
            .recyclerPool(
                    JsonRecyclerPools.sharedConcurrentDequePool()) // a request's thread is new: it has no buffers yet
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
            .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
            .build();

    private final JsonParser parser;
    private final boolean empty;

    /** Reads up to the first token. */
    JsonBody(InputStream in) {
        try {
            this.parser = FACTORY.createParser(ObjectReadContext.empty(), in);
            this.empty = parser.nextToken() == null;
        } catch (JacksonException e) {
            throw MalformedJson.refusal(e);
        }
    }

    /** Whether there is nothing, or only white space. */
    boolean isEmpty() {
        return empty;
    }

    JsonToken token() {
        JsonToken token = parser.currentToken();
        return token == null ? JsonToken.NOT_AVAILABLE : token;
    }

    JsonToken next() {
        try {
            JsonToken token = parser.nextToken();
            if ((token == JsonToken.START_ARRAY || token == JsonToken.START_OBJECT)
                    && parser.streamReadContext().getNestingDepth() > MAX_DEPTH) {
                throw new InvalidInputException(
                        "",
                        MalformedJson.PREFIX + "JSON nesting depth exceeds maximum allowed limit (" + MAX_DEPTH + ")");
            }
            return token == null ? JsonToken.NOT_AVAILABLE : token;
        } catch (JacksonException e) {
            throw MalformedJson.refusal(e);
        }
    }

    /** @param member gets each name, with the parser at its value */
    void object(String expected, Consumer<String> member) {
        require(JsonToken.START_OBJECT, expected);
        while (next() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            next();
            member.accept(name);
        }
    }

    /** @param element called with the parser at each one */
    void array(String expected, Runnable element) {
        require(JsonToken.START_ARRAY, expected);
        while (next() != JsonToken.END_ARRAY) {
            element.run();
        }
    }

    void skip() {
        int open = 0;
        for (JsonToken token = token(); ; token = next()) {
            open += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            if (open == 0) {
                return;
            }
        }
    }

    /** The text at hand. Half of a surrogate pair, which an escape can make, is no character. */
    String string(String expected) {
        require(JsonToken.VALUE_STRING, expected);
        String text = text();
        for (int k = 0; k < text.length(); k++) {
            if (Character.isSurrogate(text.charAt(k))) {
                if (!Character.isSupplementaryCodePoint(text.codePointAt(k))) {
                    throw problem("expected whole characters, got half of a surrogate pair");
                }
                k++; // its other half
            }
        }
        return text;
    }

    private String text() {
        try {
            return parser.getString();
        } catch (JacksonException e) {
            throw MalformedJson.refusal(e);
        }
    }

    /** The texts of the array at hand. */
    List<String> strings(String expected, int most) {
        List<String> texts = new ArrayList<>();
        array("an array", () -> {
            if (texts.size() == most) {
                throw problem("expected " + expected + ", got more");
            }
            texts.add(string("a string"));
        });
        return texts;
    }

    /** The number at hand; infinite where double can't hold it. */
    double number() {
        try {
            return parser.getDoubleValue();
        } catch (JacksonException e) {
            throw MalformedJson.refusal(e);
        }
    }

    /** The number at hand, rounded once; infinite where float can't hold it. */
    float fraction() {
        try {
            return parser.getFloatValue();
        } catch (JacksonException e) {
            throw MalformedJson.refusal(e);
        }
    }

    /** The numbers that follow in the array at hand, see {@link JsonFloats#read}. */
    int plainNumbers(float[] into, int at, int most) {
        return JsonFloats.read(parser, into, at, most);
    }

    /** The number at hand as float where {@link #number} has been asked already, which would round twice. */
    float fractionAgain() {
        return Float.parseFloat(text());
    }

    /** Whether the number at hand is written without a fraction or exponent and fits a {@code long}. */
    boolean isLong() {
        return token() == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
    }

    /**
     * The parameters at hand by name: texts, {@code Boolean}s, {@code Long}s, {@code BigInteger}s and {@code Double}s; for objects
     * and arrays, which no parameter that is served is, empty ones.
     */
    Map<String, Object> parameters() {
        if (token() == JsonToken.VALUE_NULL) { // stands for none
            return Map.of();
        }
        Map<String, Object> parameters = new HashMap<>();
        object("an object of parameters", name -> {
            Object value = parameter();
            if (value != null) {
                parameters.put(name, value);
            }
        });
        return parameters;
    }

    /** The value at hand, as in {@link #parameters}; null for null. */
    @Nullable
    Object parameter() {
        return switch (token()) {
            case VALUE_NULL -> null;
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_STRING -> string("a string");
            case VALUE_NUMBER_INT -> isLong() ? (Object) integer("an integer") : bigInteger();
            case VALUE_NUMBER_FLOAT -> number();
            case START_OBJECT -> {
                skip();
                yield Map.of();
            }
            case START_ARRAY -> {
                skip();
                yield List.of();
            }
            default -> throw refusal("a value");
        };
    }

    private BigInteger bigInteger() {
        try {
            return parser.getBigIntegerValue();
        } catch (JacksonException e) {
            throw MalformedJson.refusal(e);
        }
    }

    /** The number at hand, which must be whole and a {@code long}. */
    long integer(String expected) {
        require(JsonToken.VALUE_NUMBER_INT, expected);
        try {
            return parser.getLongValue();
        } catch (InputCoercionException e) {
            throw refusal(expected);
        }
    }

    boolean flag(String expected) {
        if (!token().isBoolean()) {
            throw refusal(expected);
        }
        return token() == JsonToken.VALUE_TRUE;
    }

    /** Refuses whatever follows. */
    void requireEnd() {
        if (next() != JsonToken.NOT_AVAILABLE) {
            throw new InvalidInputException("", MalformedJson.PREFIX + "expected its end after the object, got more");
        }
    }

    void require(JsonToken token, String expected) {
        if (token() != token) {
            throw refusal(expected);
        }
    }

    InvalidInputException refusal(String expected) {
        return problem("expected " + expected + ", got " + got());
    }

    /** A problem with the value at hand, or with the one whose end it is. */
    InvalidInputException problem(String message) {
        String pointer = parser.streamReadContext().pathAsPointer().toString();
        return new InvalidInputException(pointer, pointer.isEmpty() ? message : pointer + ": " + message);
    }

    private String got() {
        return switch (token()) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "'" + shown(text()) + "'";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> shown(text());
            case VALUE_TRUE -> "true";
            case VALUE_FALSE -> "false";
            case VALUE_NULL -> "null";
            default -> "nothing";
        };
    }

    private static String shown(String text) {
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }

    @Override
    public void close() {
        parser.close();
    }
}
