package io.tidegate.checkpoint;

import io.tidegate.core.network.ParameterLayout;
import io.tidegate.core.network.TensorSpec;
import io.tidegate.core.network.Weights;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Writes checkpoints. The weights file depends on the weights alone: the same ones, rounded to F32, have the same digest on any
 * day and any machine. Whatever is written here can be read; anything else is refused with a {@link CheckpointException} before a
 * file is opened.
 */
public final class CheckpointWriter {

    /** A checkpoint's two files. */
    public record Encoded(byte[] modelJson, byte[] weights) {}

    private CheckpointWriter() {}

    /**
     * Writes both files and forces them to the disk, {@value Checkpoint#MODEL_FILE} last, so that a folder with it is whole.
     * Publishing, which a reader sees all or nothing of, is to do this in a folder beside the target and to rename that.
     *
     * @param directory exists and holds neither file: nothing is overwritten
     * @param descriptor whose {@code weights}, if any, are of no account
     * @return the descriptor of what was written
     */
    public static ModelDescriptor write(Path directory, ModelDescriptor descriptor, Weights weights)
            throws IOException {
        SortedMap<String, Tensor> tensors = checked(descriptor, weights);
        String sha256;
        try (FileChannel channel = create(directory.resolve(Checkpoint.WEIGHTS_FILE))) {
            MessageDigest digest = Sha256.digest();
            OutputStream out = new DigestOutputStream(Channels.newOutputStream(channel), digest);
            Safetensors.write(tensors, Dtype.F32, out);
            channel.force(true);
            sha256 = Sha256.hex(digest);
        }
        ModelDescriptor written = descriptor.withWeights(new WeightsFile(sha256));
        try (FileChannel channel = create(directory.resolve(Checkpoint.MODEL_FILE))) {
            ByteBuffer json = ByteBuffer.wrap(written.toJson());
            while (json.hasRemaining()) {
                channel.write(json);
            }
            channel.force(true);
        }
        forceDirectory(directory);
        return written;
    }

    /** The two files in memory, the weights' of less than 2 GiB. */
    public static Encoded encode(ModelDescriptor descriptor, Weights weights) {
        byte[] file = Safetensors.toBytes(checked(descriptor, weights));
        String sha256 = Sha256.of(MemorySegment.ofArray(file));
        return new Encoded(descriptor.withWeights(new WeightsFile(sha256)).toJson(), file);
    }

    /** The weights' tensors by name, once they and the descriptor are known to be readable and to fit each other. */
    private static SortedMap<String, Tensor> checked(ModelDescriptor descriptor, Weights weights) {
        ModelDescriptor.read(
                descriptor.withWeights(new WeightsFile("0".repeat(64))).toJson());
        ParameterLayout layout = weights.layout();
        int embeddingSize = layout.has(HeadMapping.EMBEDDING)
                ? layout.tensor(HeadMapping.EMBEDDING).columns()
                : 0;
        List<TensorSpec> expected =
                descriptor.architecture(embeddingSize).layout().tensors();
        if (!layout.tensors().equals(expected)) {
            throw new CheckpointException(
                    Safetensors.POINTER,
                    "write: expected weights for the layers of model.json, " + expected + ", got " + layout.tensors());
        }
        SortedMap<String, Tensor> tensors = new TreeMap<>();
        for (TensorSpec spec : layout.tensors()) {
            tensors.put(spec.name(), new Tensor(spec.shape(), weights.tensor(spec.name())));
        }
        Safetensors.checkFits(tensors, Dtype.F32);
        return tensors;
    }

    private static FileChannel create(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    }

    /** Makes the two names last; only POSIX systems open a folder for that. */
    private static void forceDirectory(Path directory) throws IOException {
        if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
