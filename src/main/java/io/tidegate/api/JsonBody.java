package io.tidegate.api;

import io.tidegate.inference.InvalidInputException;
import io.tidegate.platform.JsonFloats;
import io.tidegate.platform.TidegateProperties;
import java.io.InputStream;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads request bodies strictly, whatever their Content-Type says: unknown and repeated fields, trailing text and deep nesting
 * are refused, and each refusal says where.
 */
@Component
public final class JsonBody {

    static final int MAX_DEPTH = 100;

    private final JsonMapper mapper;

    JsonBody(TidegateProperties properties) {
        int maxBody =
                (int) Math.min(Integer.MAX_VALUE, properties.limits().maxBody().toBytes());
        JsonFactory factory = JsonFloats.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxStringLength(maxBody)
                        .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();
        this.mapper = JsonMapper.builder(factory)
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .build();
    }

    /** What reads a body token by token. */
    @FunctionalInterface
    interface Reader<T> {
        T read(JsonParser parser);
    }

    <T> T read(InputStream body, Class<T> type) {
        try {
            T value = mapper.readValue(body, type);
            if (value == null) {
                throw new InvalidInputException("", "expected a JSON object, got null");
            }
            return value;
        } catch (JacksonException e) {
            throw invalid(e);
        }
    }

    <T> T read(InputStream body, Reader<T> reader) {
        try (JsonParser parser = mapper.createParser(body)) {
            parser.nextToken();
            T value = reader.read(parser);
            if (parser.nextToken() != null) {
                throw new InvalidInputException("", "expected one JSON object, got more after it");
            }
            return value;
        } catch (JacksonException e) {
            throw invalid(e);
        }
    }

    /** A value as one line of JSON. */
    String written(Object value) {
        return mapper.writeValueAsString(value);
    }

    private static InvalidInputException invalid(JacksonException e) {
        String at = e.getLocation() == null || e.getLocation().getLineNr() < 1
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
        if (e.getOriginalMessage().contains("nesting depth")) {
            return new InvalidInputException(
                    "", "JSON nesting depth exceeds maximum allowed limit (" + MAX_DEPTH + ")");
        }
        if (e instanceof DatabindException) {
            String pointer = e.getPath().stream()
                    .map(step -> "/" + (step.getPropertyName() != null ? step.getPropertyName() : step.getIndex()))
                    .collect(Collectors.joining());
            return new InvalidInputException(pointer, mismatch(e) + at);
        }
        return new InvalidInputException("", "expected JSON, got something else: " + firstLine(e) + at);
    }

    private static String mismatch(JacksonException e) {
        return switch (e) {
            case UnrecognizedPropertyException unknown ->
                "unknown field '" + unknown.getPropertyName() + "'; expected one of " + unknown.getKnownPropertyIds();
            case MismatchedInputException mismatched
            when mismatched.getTargetType() != null ->
                "expected a value that fits " + mismatched.getTargetType().getSimpleName() + ", got another";
            default -> "expected another value";
        };
    }

    /** Jackson's words for what was wrong. */
    private static String firstLine(JacksonException e) {
        return e.getOriginalMessage().lines().findFirst().orElse("");
    }
}
