package io.tidegate.checkpoint;

import static io.tidegate.checkpoint.Problems.quoted;

import io.tidegate.core.network.ParameterLayout;
import io.tidegate.core.network.TensorSpec;
import io.tidegate.core.network.Weights;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Reads checkpoints: ours, and the {@code state_dict} of a PyTorch {@code nn.LSTM} with its {@code nn.Linear}, as it stands. In
 * this order: {@code model.json}, the weights' digest, their header, their names and shapes, their values; nothing is allocated
 * that a file of this size can't fill. Each method throws {@link CheckpointException} for a checkpoint that is refused; an
 * {@link IOException} may name the server's disk and is not for clients.
 */
public final class CheckpointReader {

    private CheckpointReader() {}

    /** @param directory with {@value Checkpoint#MODEL_FILE} and {@value Checkpoint#WEIGHTS_FILE} */
    public static Checkpoint read(Path directory) throws IOException {
        ModelDescriptor descriptor;
        try (InputStream json = Files.newInputStream(directory.resolve(Checkpoint.MODEL_FILE))) {
            descriptor = ModelDescriptor.read(json);
        } catch (NoSuchFileException e) {
            throw new CheckpointException("", "expected the file " + Checkpoint.MODEL_FILE + ", got none");
        }
        try {
            return read(descriptor, directory.resolve(Checkpoint.WEIGHTS_FILE));
        } catch (NoSuchFileException e) {
            throw new CheckpointException(
                    Safetensors.POINTER, "expected the file " + Checkpoint.WEIGHTS_FILE + ", got none");
        }
    }

    /** @param weightsFile which nobody changes meanwhile */
    public static Checkpoint read(ModelDescriptor descriptor, Path weightsFile) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return read(descriptor, Safetensors.map(weightsFile, arena));
        }
    }

    /** @param weightsFile which nobody changes meanwhile */
    public static Checkpoint read(byte[] modelJson, Path weightsFile) throws IOException {
        return read(ModelDescriptor.read(modelJson), weightsFile);
    }

    public static Checkpoint read(byte[] modelJson, byte[] weightsFile) {
        return read(ModelDescriptor.read(modelJson), MemorySegment.ofArray(weightsFile));
    }

    private static Checkpoint read(ModelDescriptor descriptor, MemorySegment file) {
        String sha256 = checkedDigest(descriptor, file);
        Safetensors tensors = Safetensors.over(file);
        Map<String, List<Integer>> shapes = tensors.tensors().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().shape()));
        if (descriptor.task() == Task.CAPTIONING) {
            return captioner(descriptor, tensors, shapes, sha256);
        }
        TensorMapping mapping = new TensorMapping(descriptor, shapes);
        Weights weights = Weights.zeros(mapping.config());
        mapping.sources().forEach((name, sources) -> weights.set(name, sum(tensors, sources)));
        return new Checkpoint(descriptor, new Architecture.OfNetwork(mapping.config()), weights, sha256);
    }

    private static Checkpoint captioner(
            ModelDescriptor descriptor, Safetensors tensors, Map<String, List<Integer>> shapes, String sha256) {
        Architecture architecture = descriptor.architecture(0);
        ParameterLayout layout = architecture.layout();
        CaptionMapping.check(descriptor, layout, shapes);
        Weights weights = Weights.zeros(layout);
        for (TensorSpec spec : layout.tensors()) {
            weights.set(spec.name(), sum(tensors, List.of(spec.name())));
        }
        return new Checkpoint(descriptor, architecture, weights, sha256);
    }

    private static String checkedDigest(ModelDescriptor descriptor, MemorySegment file) {
        String sha256 = Sha256.of(file);
        String expected =
                descriptor.weights() == null ? "none" : descriptor.weights().sha256();
        if (!sha256.equals(expected)) {
            throw new CheckpointException(
                    Safetensors.POINTER + "/sha256",
                    "weights file: expected the SHA-256 " + expected + ", got " + sha256
                            + ": the two files don't belong together, or one is damaged");
        }
        return sha256;
    }

    /** Refuses what F32 can't hold: engines compute in it, and checkpoints are written in it. */
    private static double[] sum(Safetensors tensors, List<String> names) {
        double[] sum = tensors.values(names.getFirst());
        for (String name : names.subList(1, names.size())) {
            double[] next = tensors.values(name);
            for (int k = 0; k < sum.length; k++) {
                sum[k] += next[k];
            }
        }
        for (double value : sum) {
            if (!Float.isFinite((float) value)) {
                throw Safetensors.refused("tensor " + quoted(String.join(" + ", names))
                        + ": expected numbers that fit F32, got " + value);
            }
        }
        return sum;
    }
}
