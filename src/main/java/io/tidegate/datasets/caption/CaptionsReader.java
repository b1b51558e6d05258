package io.tidegate.datasets.caption;

import io.tidegate.datasets.caption.CaptionedImage.Split;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads <code>{"images": [{"id": "…", "split": "train", "captions": ["…", …]}, …]}</code>. A refusal says on which line and at
 * which JSON Pointer. Where no image has a split, of ten images in a row the ninth validates and the tenth tests; where some
 * have, the others train.
 */
final class CaptionsReader {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final JsonParser json;
    private final List<CaptionedImage> images = new ArrayList<>();
    private final Set<String> ids = new HashSet<>();
    private boolean anySplit;

    private CaptionsReader(JsonParser json) {
        this.json = json;
    }

    static List<CaptionedImage> read(InputStream in) throws IOException {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), in)) {
            return new CaptionsReader(parser).document();
        } catch (JacksonException e) {
            throw new CaptionDataException("captions, line "
                    + (e.getLocation() == null ? 1 : e.getLocation().getLineNr())
                    + ": expected JSON, got something else: "
                    + e.getOriginalMessage().lines().findFirst().orElse(""));
        }
    }

    private List<CaptionedImage> document() {
        json.nextToken();
        require(JsonToken.START_OBJECT, "an object with \"images\"");
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            if (!json.currentName().equals("images")) {
                throw refused("expected \"images\", got \"" + json.currentName() + "\"");
            }
            json.nextToken();
            require(JsonToken.START_ARRAY, "an array of images");
            while (json.nextToken() != JsonToken.END_ARRAY) {
                images.add(image());
            }
        }
        if (json.nextToken() != null) {
            throw refused("expected one JSON object, got more after it");
        }
        if (images.isEmpty()) {
            throw refused("expected at least one image, got none");
        }
        return anySplit ? images : split(images);
    }

    private CaptionedImage image() {
        require(JsonToken.START_OBJECT, "an image: an object with \"id\" and \"captions\"");
        @Nullable String id = null;
        Split split = Split.TRAIN;
        List<List<String>> captions = List.of();
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "id" -> id = id();
                case "split" -> split = split();
                case "captions" -> captions = captions();
                default -> throw refused("expected id, split or captions, got \"" + field + "\"");
            }
        }
        if (id == null) {
            throw refused("expected an image with an \"id\", got none");
        }
        if (captions.isEmpty()) {
            throw refused("image '" + id + "': expected at least one caption, got none");
        }
        return new CaptionedImage(id, split, captions);
    }

    private String id() {
        require(JsonToken.VALUE_STRING, "the name of the image's features");
        if (!ids.add(json.getString())) {
            throw refused("expected each id once, got '" + json.getString() + "' again");
        }
        return json.getString();
    }

    private Split split() {
        require(JsonToken.VALUE_STRING, "train, validation or test");
        anySplit = true;
        String name = json.getString();
        return Arrays.stream(Split.values())
                .filter(split -> split.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> refused("expected train, validation or test, got '" + name + "'"));
    }

    private List<List<String>> captions() {
        require(JsonToken.START_ARRAY, "an array of captions");
        List<List<String>> captions = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            require(JsonToken.VALUE_STRING, "a caption");
            List<String> words = Sentence.words(json.getString());
            if (words.isEmpty()) {
                throw refused("expected a caption of at least one word, got none");
            }
            captions.add(words);
        }
        return captions;
    }

    private static List<CaptionedImage> split(List<CaptionedImage> images) {
        List<CaptionedImage> split = new ArrayList<>();
        for (CaptionedImage image : images) {
            Split its = switch (split.size() % 10) {
                case 8 -> Split.VALIDATION;
                case 9 -> Split.TEST;
                default -> Split.TRAIN;
            };
            split.add(new CaptionedImage(image.id(), its, image.captions()));
        }
        return split;
    }

    private void require(JsonToken expected, String what) {
        if (!json.hasToken(expected)) {
            throw refused("expected " + what + ", got " + described(json.currentToken()));
        }
    }

    private static String described(@Nullable JsonToken token) {
        return switch (token) {
            case null -> "nothing";
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            default -> "null";
        };
    }

    private CaptionDataException refused(String message) {
        return new CaptionDataException(
                "captions, line " + json.currentTokenLocation().getLineNr() + " ("
                        + json.streamReadContext().pathAsPointer() + "): " + message);
    }
}
