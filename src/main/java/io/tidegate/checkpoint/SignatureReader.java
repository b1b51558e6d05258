package io.tidegate.checkpoint;

import static io.tidegate.checkpoint.Problems.got;
import static io.tidegate.checkpoint.Problems.quoted;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Reads what a {@code model.json} says of the model's input and output. Empty is what couldn't be read at all. */
final class SignatureReader {

    static final int MAX_FEATURES = 65_536, MAX_LABELS = 100_000;

    private final Members root;

    SignatureReader(Members root) {
        this.root = root;
    }

    Optional<ModelInput> input() {
        Members input = root.members("input");
        if (input == null) {
            return Optional.empty();
        }
        String expected = "'features' or 'characters'";
        String kind = input.text("kind", expected);
        return switch (kind) {
            case null -> Optional.empty();
            case "features" -> {
                input.accept("kind", "size", "scale");
                int size = input.size("size", MAX_FEATURES);
                yield Optional.of(new ModelInput.Features(size, ScaleReader.read(input, size)));
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
        String expected = "one of classification, regression, language-model";
        String task = root.text("task", expected);
        Members output = root.members("output");
        return switch (task) {
            case null -> Optional.empty();
            case "classification" -> {
                if (output == null) {
                    yield Optional.empty();
                }
                output.accept("labels");
                yield Optional.of(new ModelOutput.Labels(labels(output)));
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
                root.note("task", "expected " + expected + ", got 'captioning': not served by this version");
                yield Optional.empty();
            }
            default -> {
                root.note("task", "expected " + expected + ", got " + quoted(task));
                yield Optional.empty();
            }
        };
    }

    private static List<String> labels(Members output) {
        String expected = "an array of 2 to " + MAX_LABELS + " labels";
        JsonNode array = output.required("labels", expected);
        List<String> labels = new ArrayList<>();
        if (array == null) {
            return labels;
        }
        if (!array.isArray() || array.size() < 2 || array.size() > MAX_LABELS) {
            output.note(
                    "labels", "expected " + expected + ", " + (array.isArray() ? "got " + array.size() : got(array)));
            return labels;
        }
        Map<String, Integer> places = new HashMap<>();
        for (int k = 0; k < array.size(); k++) {
            JsonNode label = array.get(k);
            if (!label.isString() || label.stringValue().isEmpty()) {
                output.note("labels", k, "expected a string that is not empty, " + got(label));
                continue;
            }
            labels.add(label.stringValue());
            Integer first = places.putIfAbsent(label.stringValue(), k);
            if (first != null) {
                output.note("labels", k, "expected each label once, " + got(label) + " at " + first + " as well");
            }
        }
        return labels;
    }
}
