package io.tidegate.checkpoint;

import static io.tidegate.checkpoint.Problems.got;
import static io.tidegate.checkpoint.Problems.quoted;

import io.tidegate.core.caption.DecoderType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Reads what a {@code model.json} says of the model's input and output. Empty is what couldn't be read at all. */
final class SignatureReader {

    static final int MAX_FEATURES = 65_536, MAX_LABELS = 100_000, MAX_WORDS = 1000;

    private final Members root;

    SignatureReader(Members root) {
        this.root = root;
    }

    Optional<ModelInput> input() {
        Members input = root.members("input");
        if (input == null) {
            return Optional.empty();
        }
        String expected = "one of features, characters, image-features, region-features";
        String kind = input.text("kind", expected);
        return switch (kind) {
            case null -> Optional.empty();
            case "features" -> {
                input.accept("kind", "size", "scale");
                int size = input.size("size", MAX_FEATURES);
                yield Optional.of(new ModelInput.Features(size, ScaleReader.read(input, size)));
            }
            case "image-features" -> {
                input.accept("kind", "size", "scale");
                int size = input.size("size", MAX_FEATURES);
                yield Optional.of(new ModelInput.ImageFeatures(size, ScaleReader.read(input, size)));
            }
            case "region-features" -> {
                input.accept("kind", "size", "scale");
                int size = input.size("size", MAX_FEATURES);
                yield Optional.of(new ModelInput.RegionFeatures(size, ScaleReader.read(input, size)));
            }
            case "characters" -> {
                input.accept("kind", "vocabulary");
                yield Optional.of(new ModelInput.Characters(vocabulary(input)));
            }
            default -> {
                input.note("kind", "expected " + expected + ", got " + quoted(kind));
                yield Optional.empty();
            }
        };
    }

    private static String vocabulary(Members input) {
        String expected = "a string of 1 to " + MAX_LABELS + " characters";
        String vocabulary = input.text("vocabulary", expected);
        if (vocabulary == null) {
            return "";
        }
        int[] characters = vocabulary.codePoints().toArray();
        if (characters.length == 0 || characters.length > MAX_LABELS) {
            input.note("vocabulary", "expected " + expected + ", got " + characters.length);
        }
        Map<Integer, Integer> places = new HashMap<>();
        for (int k = 0; k < characters.length; k++) {
            Integer first = places.putIfAbsent(characters[k], k);
            if (first != null) {
                input.note(
                        "vocabulary",
                        "expected each character once, got %s (U+%04X) at %d and at %d"
                                .formatted(quoted(Character.toString(characters[k])), characters[k], first, k));
            }
        }
        return vocabulary;
    }

    Optional<ModelOutput> output() {
        String expected = "one of classification, regression, language-model, captioning";
        String task = root.text("task", expected);
        Members output = root.members("output");
        return switch (task) {
            case null -> Optional.empty();
            case "classification" -> {
                if (output == null) {
                    yield Optional.empty();
                }
                output.accept("labels");
                yield Optional.of(new ModelOutput.Labels(texts(output, "labels", "label", 2)));
            }
            case "regression" -> {
                if (output == null) {
                    yield Optional.empty();
                }
                output.accept("size", "scale");
                int size = output.size("size", MAX_FEATURES);
                yield Optional.of(new ModelOutput.Values(size, ScaleReader.read(output, size)));
            }
            case "language-model" -> {
                if (output != null) {
                    output.accept();
                }
                yield Optional.of(new ModelOutput.NextCharacter());
            }
            case "captioning" -> {
                yield output == null ? Optional.empty() : captions(output);
            }
            default -> {
                root.note("task", "expected " + expected + ", got " + quoted(task));
                yield Optional.empty();
            }
        };
    }

    private static Optional<ModelOutput> captions(Members output) {
        String expected = "one of " + DecoderType.SHOW_AND_TELL + ", " + DecoderType.UP_DOWN;
        String name = output.text("decoder", expected);
        Optional<DecoderType> decoder = DecoderType.of(name == null ? "" : name);
        boolean attends = decoder.isPresent() && decoder.get() == DecoderType.UP_DOWN;
        if (name != null && decoder.isEmpty()) {
            output.note("decoder", "expected " + expected + ", got " + quoted(name));
        }
        if (attends || decoder.isEmpty()) {
            output.accept("decoder", "embeddingSize", "attentionSize", "maxWords", "vocabulary");
        } else {
            output.accept("decoder", "embeddingSize", "maxWords", "vocabulary");
        }
        List<String> words = texts(output, "vocabulary", "word", 1);
        for (int k = 0; k < words.size(); k++) {
            if (words.get(k).codePoints().anyMatch(Character::isWhitespace)) {
                output.note("vocabulary", k, "expected a word without white space, got " + quoted(words.get(k)));
            }
        }
        if (words.equals(List.of(ModelOutput.Captions.UNKNOWN))) {
            output.note(
                    "vocabulary",
                    "expected at least one word that can be written, got only " + quoted(words.getFirst()));
        }
        int embeddingSize = output.size("embeddingSize", MAX_FEATURES);
        int attentionSize = attends ? output.size("attentionSize", MAX_FEATURES) : 0;
        int maxWords = output.size("maxWords", MAX_WORDS);
        return decoder.map(type -> new ModelOutput.Captions(type, words, embeddingSize, attentionSize, maxWords));
    }

    /** Texts of which each is there once and none is empty. */
    private static List<String> texts(Members output, String name, String noun, int fewest) {
        String expected = "an array of " + fewest + " to " + MAX_LABELS + " " + noun + "s";
        JsonNode array = output.required(name, expected);
        List<String> labels = new ArrayList<>();
        if (array == null) {
            return labels;
        }
        if (!array.isArray() || array.size() < fewest || array.size() > MAX_LABELS) {
            output.note(name, "expected " + expected + ", " + (array.isArray() ? "got " + array.size() : got(array)));
            return labels;
        }
        Map<String, Integer> places = new HashMap<>();
        for (int k = 0; k < array.size(); k++) {
            JsonNode label = array.get(k);
            if (!label.isString() || label.stringValue().isEmpty()) {
                output.note(name, k, "expected a string that is not empty, " + got(label));
                continue;
            }
            labels.add(label.stringValue());
            Integer first = places.putIfAbsent(label.stringValue(), k);
            if (first != null) {
                output.note(name, k, "expected each " + noun + " once, " + got(label) + " at " + first + " as well");
            }
        }
        return labels;
    }
}
