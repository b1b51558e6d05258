package io.tidegate.checkpoint;

import static io.tidegate.checkpoint.Problems.got;
import static io.tidegate.checkpoint.Problems.quoted;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.LayerConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads {@code model.json}, and notes everything that is wrong with it before it refuses. */
final class ModelJsonReader {

    static final int MAX_HIDDEN = 16_384, MAX_LAYERS = 32;

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final String CELLS =
            Arrays.stream(CellType.values()).map(CellType::toString).collect(Collectors.joining(", "));

    private final Problems problems = new Problems();
    private final Members root;

    private ModelJsonReader(ObjectNode json) {
        this.root = new Members(json, "", problems);
    }

    static ModelDescriptor read(byte[] json) {
        return new ModelJsonReader(StrictJson.object("model.json", json)).descriptor();
    }

    private ModelDescriptor descriptor() {
        checkFormat();
        root.accept("format", "name", "task", "input", "layers", "output", "weights", "training");
        String name = name();
        SignatureReader signature = new SignatureReader(root);
        Optional<ModelInput> input = signature.input();
        List<LayerConfig> layers = layers();
        Optional<ModelOutput> output = signature.output();
        if (output.isPresent() && output.get() instanceof ModelOutput.NextCharacter) {
            checkLanguageModel(input, layers);
        } else if (output.isPresent() && output.get() instanceof ModelOutput.Captions captions) {
            new CaptionCheck(problems).check(captions.decoder(), input, layers);
        } else if (output.isPresent() && input.isPresent() && input.get().ofImages()) {
            problems.add(
                    "/input/kind",
                    "expected 'features' or 'characters' for " + output.get().task() + ", got '"
                            + input.get().kind() + "'");
        }
        WeightsFile weights = weights();
        Provenance training = training();
        problems.throwIfAny();

        ModelDescriptor descriptor =
                new ModelDescriptor(name, input.orElseThrow(), layers, output.orElseThrow(), weights, training);
        descriptor.architecture(descriptor.input() instanceof ModelInput.Characters ? 1 : 0); // the smallest it can be
        return descriptor;
    }

    /** Another format may mean anything by its other fields, so they aren't looked at. */
    private void checkFormat() {
        String expected = quoted(ModelDescriptor.FORMAT);
        String format = root.text("format", expected);
        if (format != null && !format.equals(ModelDescriptor.FORMAT)) {
            root.note("format", "expected " + expected + ", got " + quoted(format) + ": this version reads no other");
            problems.throwIfAny();
        }
    }

    private String name() {
        String expected = "a name of the form " + NAME + ", and not 'stats'";
        String name = root.text("name", expected);
        if (name != null && (!NAME.matcher(name).matches() || name.equals("stats"))) {
            root.note("name", "expected " + expected + ", got " + quoted(name));
        }
        return Objects.requireNonNullElse(name, "");
    }

    private List<LayerConfig> layers() {
        String expected = "an array of 1 to " + MAX_LAYERS + " layers";
        JsonNode array = root.required("layers", expected);
        List<LayerConfig> layers = new ArrayList<>();
        if (array != null && (!array.isArray() || array.isEmpty() || array.size() > MAX_LAYERS)) {
            root.note("layers", "expected " + expected + ", " + (array.isArray() ? "got " + array.size() : got(array)));
        } else if (array != null) {
            for (int k = 0; k < array.size(); k++) {
                String at = "/layers/" + k;
                if (array.get(k) instanceof ObjectNode layer) {
                    layers.add(layer(new Members(layer, at, problems)));
                } else {
                    problems.add(at, "expected an object, " + got(array.get(k)));
                }
            }
        }
        return layers;
    }

    private static LayerConfig layer(Members layer) {
        layer.accept("cell", "hiddenSize", "bidirectional");
        String expected = "one of " + CELLS;
        String name = layer.text("cell", expected);
        CellType cell = CellType.LSTM;
        if (name != null) {
            try {
                cell = CellType.of(name);
            } catch (IllegalArgumentException e) {
                layer.note("cell", "expected " + expected + ", got " + quoted(name));
            }
        }
        int hiddenSize = Math.max(1, layer.size("hiddenSize", MAX_HIDDEN));
        return new LayerConfig(cell, hiddenSize, layer.optionalFlag("bidirectional"));
    }

    private void checkLanguageModel(Optional<ModelInput> input, List<LayerConfig> layers) {
        if (input.isPresent() && !(input.get() instanceof ModelInput.Characters)) {
            problems.add(
                    "/input/kind",
                    "expected 'characters' for a language model, got '"
                            + input.get().kind() + "'");
        }
        for (int k = 0; k < layers.size(); k++) {
            if (layers.get(k).bidirectional()) {
                problems.add(
                        "/layers/" + k + "/bidirectional",
                        "expected false in a language model, got true: read backwards, a layer sees the character to predict");
            }
        }
    }

    private WeightsFile weights() {
        Members weights = root.members("weights");
        if (weights == null) {
            return new WeightsFile("");
        }
        weights.accept("sha256", "recurrentPrefix", "headPrefix");
        String expected = "the SHA-256 of the weights file, 64 lower-case hexadecimal digits";
        String sha256 = weights.text("sha256", expected);
        if (sha256 != null && !SHA256.matcher(sha256).matches()) {
            weights.note("sha256", "expected " + expected + ", got " + quoted(sha256));
        }
        return new WeightsFile(
                Objects.requireNonNullElse(sha256, ""),
                weights.optionalText("recurrentPrefix", "a prefix such as 'lstm.'"),
                weights.optionalText("headPrefix", "a prefix such as 'fc.'"));
    }

    private Provenance training() {
        JsonNode training = root.optional("training");
        if (training instanceof ObjectNode json) {
            return new Provenance(json);
        }
        if (training != null) {
            root.note("training", "expected an object, " + got(training));
        }
        return Provenance.NONE;
    }
}
