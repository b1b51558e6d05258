package io.tidegate.inference;

import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.ModelInput;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Batch.Input;
import io.tidegate.platform.TidegateProperties.Limits;
import io.tidegate.registry.ModelVersion;
import java.util.List;

/** Checks an input against a model's signature and the limits, and turns it into what the network sees. */
public final class Encoder {

    private final Limits limits;

    public Encoder(Limits limits) {
        this.limits = limits;
    }

    /** @throws InvalidInputException if the model can't take it */
    public Batch encode(ModelVersion version, RequestInput input) {
        ModelDescriptor descriptor = version.card().descriptor();
        return switch (descriptor.input()) {
            case ModelInput.Features expected -> features(version, expected, input);
            case ModelInput.Characters _ -> characters(version, new Vocabulary(descriptor), input);
            case ModelInput.ImageFeatures _, ModelInput.RegionFeatures _ ->
                throw new InvalidInputException(
                        "", "model '" + version.name() + "' captions images: it takes no sequences and no texts");
        };
    }

    private Batch features(ModelVersion version, ModelInput.Features expected, RequestInput input) {
        if (!(input instanceof RequestInput.Features(float[] values, int size, int[] offsets))) {
            throw new InvalidInputException(
                    "/texts",
                    "model '" + version.name() + "' takes sequences of " + plural(expected.size(), "feature")
                            + " per step, not texts; send \"sequences\"");
        }
        if (size != expected.size()) {
            throw new InvalidInputException(
                    "/sequences",
                    "model '" + version.name() + "' takes " + plural(expected.size(), "feature") + " per step, got "
                            + size);
        }
        requireLimits("/sequences", offsets);
        float[] scaled = new float[values.length];
        for (int k = 0; k < values.length; k++) {
            scaled[k] = (float) expected.scale().toNetwork(values[k], k % size);
            if (!Float.isFinite(scaled[k])) {
                throw new InvalidInputException(
                        "/sequences", "expected numbers that are finite, also when scaled, got " + values[k]);
            }
        }
        return new Batch(new Input.Features(scaled, size), offsets);
    }

    private Batch characters(ModelVersion version, Vocabulary vocabulary, RequestInput input) {
        return switch (input) {
            case RequestInput.Features features ->
                throw new InvalidInputException(
                        "/sequences", "model '" + version.name() + "' reads characters, not features; send \"texts\"");
            case RequestInput.Tokens(int[] ids, int[] offsets) -> {
                requireLimits("/tokens", offsets);
                for (int id : ids) {
                    if (id < 0 || id >= vocabulary.size()) {
                        throw new InvalidInputException(
                                "/tokens",
                                "model '" + version.name() + "' has tokens 0 to " + (vocabulary.size() - 1) + ", got "
                                        + id);
                    }
                }
                yield new Batch(new Input.Tokens(ids), offsets);
            }
            case RequestInput.Texts(List<String> texts) -> tokens(version, vocabulary, texts);
        };
    }

    private Batch tokens(ModelVersion version, Vocabulary vocabulary, List<String> texts) {
        int[] offsets = new int[texts.size() + 1];
        for (int b = 0; b < texts.size(); b++) {
            offsets[b + 1] = Math.addExact(
                    offsets[b], texts.get(b).codePointCount(0, texts.get(b).length()));
        }
        requireLimits("/texts", offsets);
        int[] ids = new int[offsets[texts.size()]];
        int at = 0;
        for (int b = 0; b < texts.size(); b++) {
            for (int character : texts.get(b).codePoints().toArray()) {
                Integer id = vocabulary.token(character);
                if (id == null) {
                    throw new InvalidInputException(
                            "/texts/" + b,
                            "character " + (at - offsets[b] + 1) + ", '" + Character.toString(character) + "' ("
                                    + "U+%04X".formatted(character) + "), isn't among the " + vocabulary.size()
                                    + " characters that model '" + version.name() + "' knows");
                }
                ids[at++] = id;
            }
        }
        return new Batch(new Input.Tokens(ids), offsets);
    }

    private void requireLimits(String pointer, int[] offsets) {
        int sequences = offsets.length - 1;
        if (sequences < 1) {
            throw new InvalidInputException(pointer, "expected at least one sequence, got none");
        }
        if (sequences > limits.maxBatch()) {
            throw new InvalidInputException(
                    pointer,
                    "expected at most " + limits.maxBatch() + " sequences (tidegate.limits.max-batch), got "
                            + sequences);
        }
        for (int b = 0; b < sequences; b++) {
            int steps = offsets[b + 1] - offsets[b];
            if (steps < 1) {
                throw new InvalidInputException(pointer + "/" + b, "expected at least one step, got none");
            }
            if (steps > limits.maxSteps()) {
                throw new InvalidInputException(
                        pointer + "/" + b,
                        "expected at most " + limits.maxSteps() + " steps (tidegate.limits.max-steps), got " + steps);
            }
        }
    }

    static String plural(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }
}
