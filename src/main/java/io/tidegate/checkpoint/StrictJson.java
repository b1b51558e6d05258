package io.tidegate.checkpoint;

import static io.tidegate.checkpoint.Problems.quoted;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON as a checkpoint's files have it: one object in UTF-8, no member twice, no half of a surrogate pair, every number with
 * all its digits, and bounds on depth and on the number of tokens, each of which takes far more memory than text.
 */
final class StrictJson {

    static final int MAX_DEPTH = 100, MAX_NAME = 1000, MAX_DIGITS = 1000, MAX_TOKENS = 1_000_000;

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNameLength(MAX_NAME)
                            .maxNumberLength(MAX_DIGITS)
                            .maxTokenCount(MAX_TOKENS)
                            .build())
                    .build())
            .build();

    private static final DefaultPrettyPrinter PRETTY =
            new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));

    private final String what;
    private final JsonParser parser;

    private StrictJson(String what, JsonParser parser) {
        this.what = what;
        this.parser = parser;
    }

    /**
     * @param what the name of the text in messages
     * @throws CheckpointException with the JSON Pointer of what is wrong, or an empty one where it isn't JSON at all
     */
    static ObjectNode object(String what, byte[] json) {
        try (JsonParser parser = MAPPER.createParser(text(what, json))) {
            return new StrictJson(what, parser).document();
        } catch (StreamConstraintsException e) {
            throw new CheckpointException(
                    "",
                    "%s: expected at most %d levels, %d tokens, names of %d and numbers of %d characters, got more"
                            .formatted(what, MAX_DEPTH, MAX_TOKENS, MAX_NAME, MAX_DIGITS));
        } catch (JacksonException e) {
            String at = e.getLocation() == null
                    ? ""
                    : " at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw new CheckpointException("", what + ": expected JSON, got something else" + at);
        }
    }

    private static String text(String what, byte[] json) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(json))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new CheckpointException("", what + ": expected UTF-8, got bytes that are not");
        }
    }

    private ObjectNode document() {
        JsonToken first = parser.nextToken();
        if (first != JsonToken.START_OBJECT) {
            throw new CheckpointException(
                    "", what + ": expected a JSON object, got " + (first == null ? "nothing" : "another value"));
        }
        ObjectNode document = members("");
        if (parser.nextToken() != null) {
            throw new CheckpointException("", what + ": expected one JSON object, got more text after it");
        }
        return document;
    }

    private JsonNode value(String pointer) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> members(pointer);
            case START_ARRAY -> elements(pointer);
            case VALUE_STRING -> NODES.stringNode(whole(parser.getString(), pointer));
            case VALUE_NUMBER_INT -> integer(parser.getNumberValue());
            case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDecimalValue());
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            default -> NODES.nullNode();
        };
    }

    private ObjectNode members(String pointer) {
        ObjectNode object = NODES.objectNode();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            String at = member(pointer, name);
            if (object.has(whole(name, at))) {
                throw new CheckpointException(at, what + ": expected each name once, got " + quoted(name) + " twice");
            }
            parser.nextToken();
            object.set(name, value(at));
        }
        return object;
    }

    private ArrayNode elements(String pointer) {
        ArrayNode array = NODES.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            array.add(value(pointer + "/" + array.size()));
        }
        return array;
    }

    private static JsonNode integer(Number number) {
        return switch (number) {
            case Integer i -> NODES.numberNode(i.intValue());
            case Long l -> NODES.numberNode(l.longValue());
            default -> NODES.numberNode((BigInteger) number);
        };
    }

    /** Half a surrogate pair, possible by way of a backslash-u escape, is no character and can't be written as UTF-8. */
    private String whole(String text, String pointer) {
        if (text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw new CheckpointException(pointer, what + ": expected whole characters, got half of a surrogate pair");
        }
        return text;
    }

    /** The JSON Pointer of an object's member. */
    static String member(String pointer, String name) {
        return pointer + "/" + name.replace("~", "~0").replace("/", "~1");
    }

    /** On one line. */
    static byte[] compact(JsonNode json) {
        return MAPPER.writeValueAsBytes(json);
    }

    /** Indented by two spaces, with a newline at the end, the same on every platform. */
    static byte[] pretty(JsonNode json) {
        byte[] bytes = MAPPER.writer().with(PRETTY).writeValueAsBytes(json);
        byte[] lines = Arrays.copyOf(bytes, bytes.length + 1);
        lines[bytes.length] = '\n';
        return lines;
    }

    /** Whatever JSON can be made of, such as a map, as JSON. */
    static @Nullable JsonNode tree(Object value) {
        return MAPPER.valueToTree(value);
    }
}
