package io.tidegate.testkit;

import io.tidegate.checkpoint.Architecture;
import io.tidegate.checkpoint.CheckpointWriter;
import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Provenance;
import io.tidegate.checkpoint.Scale;
import io.tidegate.core.caption.CaptionConfig;
import io.tidegate.core.caption.DecoderType;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.Initialization;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import io.tidegate.core.train.Seeds;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;

/** Models with random weights, and the multipart request that uploads one. */
public final class Uploads {

    /** A model as its two files, and what it computes. */
    public record Model(NetworkConfig config, Weights weights, CheckpointWriter.Encoded files) {}

    private static final String BOUNDARY = "tidegate-test-boundary";

    private Uploads() {}

    public static Model classifier(String name, CellType cell, int features, boolean bidirectional, long seed) {
        return model(
                new ModelDescriptor(
                        name,
                        new ModelInput.Features(features, new Scale(1, 0.5)),
                        List.of(new LayerConfig(cell, 6, bidirectional), new LayerConfig(cell, 5, bidirectional)),
                        new ModelOutput.Labels(List.of("left", "right", "straight on")),
                        null,
                        Provenance.NONE),
                seed);
    }

    public static Model regressor(String name, CellType cell, long seed) {
        return model(
                new ModelDescriptor(
                        name,
                        new ModelInput.Features(2, new Scale(List.of(1.0, 2.0), List.of(0.5, 2.0))),
                        List.of(new LayerConfig(cell, 7, false)),
                        new ModelOutput.Values(2, new Scale(List.of(10.0, 20.0), List.of(0.1, 2.0))),
                        null,
                        Provenance.NONE),
                seed);
    }

    public static Model languageModel(String name, CellType cell, long seed) {
        return model(
                new ModelDescriptor(
                        name,
                        new ModelInput.Characters("abc é😀"),
                        List.of(new LayerConfig(cell, 6, false)),
                        new ModelOutput.NextCharacter(),
                        null,
                        Provenance.NONE),
                seed);
    }

    /** A captioner as its two files, and what it computes. */
    public record CaptionModel(CaptionConfig config, Weights weights, CheckpointWriter.Encoded files) {}

    /** Of the words a, red, circle and the unknown one, over images or regions of 3 numbers, which it sees halved. */
    public static CaptionModel captioner(String name, DecoderType decoder, CellType cell, long seed) {
        boolean attends = decoder == DecoderType.UP_DOWN;
        Scale scale = new Scale(0, 0.5);
        ModelDescriptor descriptor = new ModelDescriptor(
                name,
                attends ? new ModelInput.RegionFeatures(3, scale) : new ModelInput.ImageFeatures(3, scale),
                Collections.nCopies(decoder.layers(), new LayerConfig(cell, 5, false)),
                new ModelOutput.Captions(
                        decoder, List.of("a", "red", ModelOutput.Captions.UNKNOWN, "circle"), 4, attends ? 6 : 0, 7),
                null,
                Provenance.NONE);
        CaptionConfig config = ((Architecture.OfCaptioner) descriptor.architecture(0)).config();
        Weights weights = Initialization.STANDARD.weights(config.layout(), Seeds.generator(seed, "weights", 0));
        for (int k = 0; k < weights.values().length; k++) {
            weights.values()[k] = (float) weights.values()[k];
        }
        return new CaptionModel(config, weights, CheckpointWriter.encode(descriptor, weights));
    }

    /** Weights are rounded to the float32 that the file holds. */
    public static Model model(ModelDescriptor descriptor, long seed) {
        NetworkConfig config = descriptor.networkConfig(0);
        Weights weights = Initialization.STANDARD.weights(config, Seeds.generator(seed, "weights", 0));
        for (int k = 0; k < weights.values().length; k++) {
            weights.values()[k] = (float) weights.values()[k];
        }
        return new Model(config, weights, CheckpointWriter.encode(descriptor, weights));
    }

    public static HttpRequest.Builder request(URI uri, byte[] modelJson, byte[] weights) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        part(body, "model", "model.json", modelJson);
        part(body, "weights", "weights.safetensors", weights);
        body.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.US_ASCII));
        return HttpRequest.newBuilder(uri)
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()));
    }

    private static void part(ByteArrayOutputStream body, String name, String file, byte[] content) {
        body.writeBytes(("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\""
                        + file + "\"\r\nContent-Type: application/octet-stream\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        body.writeBytes(content);
        body.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
}
