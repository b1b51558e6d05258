package io.tidegate.checkpoint;

import io.tidegate.core.caption.CaptionConfig;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code model.json} says. Reading checks it all; one made by code is checked when it's written.
 *
 * @param name {@code [a-z0-9][a-z0-9._-]{0,62}}, and not {@code stats}
 * @param layers from the input up
 * @param weights null for a model whose weights aren't written yet
 */
public record ModelDescriptor(
        String name,
        ModelInput input,
        List<LayerConfig> layers,
        ModelOutput output,
        @Nullable WeightsFile weights,
        Provenance training) {

    /** The {@code format} of every {@code model.json} that this version reads and writes. */
    public static final String FORMAT = "tidegate/1";

    /** Size of the largest {@code model.json} that is read. */
    public static final int MAX_BYTES = 16 << 20;

    public ModelDescriptor {
        layers = List.copyOf(layers);
    }

    /** @throws CheckpointException with every field that is wrong */
    public static ModelDescriptor read(byte[] json) {
        if (json.length > MAX_BYTES) {
            throw new CheckpointException("", "model.json: expected at most " + MAX_BYTES + " bytes, got more");
        }
        return ModelJsonReader.read(json);
    }

    /**
     * Reads no more than the largest {@code model.json} may have; the caller closes the stream.
     *
     * @throws CheckpointException with every field that is wrong
     */
    public static ModelDescriptor read(InputStream json) throws IOException {
        return read(json.readNBytes(MAX_BYTES + 1));
    }

    /** The file's text, in UTF-8: fields in a fixed order, indented. */
    public byte[] toJson() {
        return ModelJsonWriter.write(this);
    }

    public Task task() {
        return output.task();
    }

    /** K, the size of the network's output. */
    public int outputs() {
        return switch (output) {
            case ModelOutput.Labels(List<String> labels) -> labels.size();
            case ModelOutput.Values(int size, Scale _) -> size;
            case ModelOutput.NextCharacter() -> ((ModelInput.Characters) input).size();
            case ModelOutput.Captions captions -> captions.words().size() + 1;
        };
    }

    /**
     * @param embeddingSize D of a character model's [vocabulary, D] embedding, or 0 where the weights have none
     * @throws CheckpointException where the model would have more parameters than an array holds
     */
    public Architecture architecture(int embeddingSize) {
        try {
            Architecture architecture = switch (input) {
                case ModelInput.Features(int size, Scale _) -> network(new InputConfig.Features(size));
                case ModelInput.Characters characters ->
                    network(new InputConfig.Tokens(characters.size(), embeddingSize));
                case ModelInput.ImageFeatures(int size, Scale _) -> captioner(size);
                case ModelInput.RegionFeatures(int size, Scale _) -> captioner(size);
            };
            architecture.layout(); // throws for too many
            return architecture;
        } catch (ArithmeticException e) {
            throw new CheckpointException(
                    "/layers",
                    "expected a network of at most " + Integer.MAX_VALUE + " parameters, got more: use smaller layers");
        }
    }

    private Architecture network(InputConfig reads) {
        return new Architecture.OfNetwork(new NetworkConfig(reads, layers, outputs()));
    }

    private Architecture captioner(int featureSize) {
        ModelOutput.Captions says = (ModelOutput.Captions) output;
        return new Architecture.OfCaptioner(new CaptionConfig(
                says.decoder(), featureSize, says.words().size(), says.embeddingSize(), says.attentionSize(), layers));
    }

    /** The network of a model that is one, as {@link #architecture} has it. */
    public NetworkConfig networkConfig(int embeddingSize) {
        return architecture(embeddingSize).network();
    }

    public ModelDescriptor withWeights(WeightsFile file) {
        return new ModelDescriptor(name, input, layers, output, file, training);
    }
}
