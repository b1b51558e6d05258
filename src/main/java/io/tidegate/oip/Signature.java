package io.tidegate.oip;

import static io.tidegate.oip.TensorMetadata.ANY;

import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.registry.ModelVersion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a model's version.
 *
 * @param inputs what a request must have, unless it has {@code tokens} for {@code text}
 * @param optionalInputs what it may have besides
 * @param outputs what it gets when it names none
 * @param optionalOutputs what it gets only by name
 */
public record Signature(
        String model,
        List<TensorMetadata> inputs,
        List<TensorMetadata> optionalInputs,
        List<TensorMetadata> outputs,
        List<TensorMetadata> optionalOutputs) {

    public static final String INPUT = "input", TEXT = "text", TOKENS = "tokens", LENGTHS = "lengths";
    public static final String PROBABILITIES = "probabilities", LABEL = "label", VALUES = "values";
    public static final String LOG_LIKELIHOOD = "log_likelihood", NEXT_PROBABILITIES = "next_probabilities";
    public static final String HIDDEN = "hidden", FINAL_HIDDEN = "final_hidden", FINAL_CELL = "final_cell";
    public static final String CAPTION = "caption", LOG_PROBABILITY = "log_probability";

    private static final Map<ModelVersion, Signature> KNOWN = Collections.synchronizedMap(new WeakHashMap<>());

    public static Signature of(ModelVersion version) {
        return KNOWN.computeIfAbsent(version, Signature::made);
    }

    private static Signature made(ModelVersion version) {
        ModelDescriptor descriptor = version.card().descriptor();
        return new Signature(
                version.name(),
                inputs(descriptor),
                optionalInputs(descriptor),
                outputs(descriptor),
                optionalOutputs(descriptor));
    }

    private static List<TensorMetadata> inputs(ModelDescriptor descriptor) {
        return switch (descriptor.input()) {
            case ModelInput.Features features ->
                List.of(new TensorMetadata(INPUT, Datatype.FP32, ANY, ANY, features.size()));
            case ModelInput.Characters _ -> List.of(new TensorMetadata(TEXT, Datatype.BYTES, ANY));
            case ModelInput.ImageFeatures image -> List.of(new TensorMetadata(INPUT, Datatype.FP32, ANY, image.size()));
            case ModelInput.RegionFeatures region ->
                List.of(new TensorMetadata(INPUT, Datatype.FP32, ANY, ANY, region.size()));
        };
    }

    private static List<TensorMetadata> optionalInputs(ModelDescriptor descriptor) {
        TensorMetadata lengths = new TensorMetadata(LENGTHS, Datatype.INT32, ANY);
        return switch (descriptor.input()) {
            case ModelInput.Features _, ModelInput.RegionFeatures _ -> List.of(lengths);
            case ModelInput.ImageFeatures _ -> List.of();
            case ModelInput.Characters _ -> List.of(new TensorMetadata(TOKENS, Datatype.INT64, ANY, ANY), lengths);
        };
    }

    private static List<TensorMetadata> outputs(ModelDescriptor descriptor) {
        int K = descriptor.outputs();
        return switch (descriptor.output()) {
            case ModelOutput.Labels _ ->
                List.of(
                        new TensorMetadata(PROBABILITIES, Datatype.FP32, ANY, K),
                        new TensorMetadata(LABEL, Datatype.BYTES, ANY));
            case ModelOutput.Values _ -> List.of(new TensorMetadata(VALUES, Datatype.FP32, ANY, K));
            case ModelOutput.NextCharacter _ ->
                List.of(
                        new TensorMetadata(LOG_LIKELIHOOD, Datatype.FP32, ANY),
                        new TensorMetadata(NEXT_PROBABILITIES, Datatype.FP32, ANY, K));
            case ModelOutput.Captions _ -> List.of(new TensorMetadata(CAPTION, Datatype.BYTES, ANY));
        };
    }

    /** The final states are one tensor only where all layers have one size. */
    private static List<TensorMetadata> optionalOutputs(ModelDescriptor descriptor) {
        if (descriptor.output() instanceof ModelOutput.Captions) {
            return List.of(new TensorMetadata(LOG_PROBABILITY, Datatype.FP32, ANY));
        }
        List<LayerConfig> layers = descriptor.layers();
        List<TensorMetadata> outputs = new ArrayList<>();
        outputs.add(new TensorMetadata(
                HIDDEN, Datatype.FP32, ANY, ANY, layers.getLast().outputSize()));
        if (layers.stream().map(LayerConfig::hiddenSize).distinct().count() == 1) {
            int directions = layers.stream().mapToInt(LayerConfig::directions).sum();
            int hidden = layers.getFirst().hiddenSize();
            outputs.add(new TensorMetadata(FINAL_HIDDEN, Datatype.FP32, ANY, directions, hidden));
            outputs.add(new TensorMetadata(FINAL_CELL, Datatype.FP32, ANY, directions, hidden));
        }
        return outputs;
    }

    public List<TensorMetadata> everyInput() {
        return Stream.concat(inputs.stream(), optionalInputs.stream()).toList();
    }

    public List<TensorMetadata> everyOutput() {
        return Stream.concat(outputs.stream(), optionalOutputs.stream()).toList();
    }

    public Optional<TensorMetadata> input(String name) {
        return named(name, inputs, optionalInputs);
    }

    public Optional<TensorMetadata> output(String name) {
        return named(name, outputs, optionalOutputs);
    }

    /** @throws InvalidInputException where the model takes no such input */
    public TensorMetadata requireInput(String name) {
        return input(name)
                .orElseThrow(() -> new InvalidInputException(
                        "",
                        "unexpected inference input '" + name + "' for model '" + model + "'; it takes "
                                + names(everyInput())));
    }

    /** @throws InvalidInputException where the model gives no such output */
    public TensorMetadata requireOutput(String name) {
        String reason = name.startsWith("final_") ? " (final states are given where all layers have one size)" : "";
        return output(name)
                .orElseThrow(() -> new InvalidInputException(
                        "",
                        "unexpected inference output '" + name + "' for model '" + model + "'; it gives "
                                + names(everyOutput()) + reason));
    }

    /** Asked several times a request: no streams. */
    private static Optional<TensorMetadata> named(
            String name, List<TensorMetadata> first, List<TensorMetadata> second) {
        TensorMetadata found = named(name, first);
        return Optional.ofNullable(found == null ? named(name, second) : found);
    }

    private static @Nullable TensorMetadata named(String name, List<TensorMetadata> tensors) {
        for (TensorMetadata tensor : tensors) {
            if (tensor.name().equals(name)) {
                return tensor;
            }
        }
        return null;
    }

    public static List<String> names(List<TensorMetadata> tensors) {
        return tensors.stream().map(TensorMetadata::name).toList();
    }
}
