package io.tidegate.training.jobs;

import io.tidegate.checkpoint.CheckpointException;
import io.tidegate.checkpoint.Dtype;
import io.tidegate.checkpoint.Safetensors;
import io.tidegate.checkpoint.Sha256;
import io.tidegate.checkpoint.Tensor;
import io.tidegate.core.optim.Optimizer;
import io.tidegate.core.train.Trainer;
import io.tidegate.platform.Folders;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where trainings stand, on disk:
 *
 * <pre>
 *   jobs/{job}/checkpoints/{step}/trainer.safetensors   weights, best weights, moments, carried state: F64
 *   jobs/{job}/checkpoints/{step}/trainer.json          {@link Notes}
 * </pre>
 *
 * A checkpoint is written beside its place, synced and renamed: it is there whole or not at all.
 */
public final class TrainerCheckpoints {

    static final String FORMAT = "tidegate-trainer/1", TENSORS = "trainer.safetensors", NOTES = "trainer.json";

    private static final String STAGED = ".staged-";

    /**
     * All but the tensors.
     *
     * @param momentsOf updates that the optimizer's moments have seen
     * @param engine that computed it, by {@link TrainingEngine#fingerprint}
     * @param data that it learns from
     * @param lastEvent number of the job's last event before it
     * @param seconds that the job has run
     * @param metrics of the best weights
     * @param sha256 of the tensors' file
     */
    public record Notes(
            String format,
            JobRequest assignment,
            Trainer.Position position,
            long momentsOf,
            String engine,
            String data,
            long lastEvent,
            double seconds,
            SortedMap<String, Double> metrics,
            String randomness,
            @Nullable String sha256) {}

    /** @param refused what was wrong with newer ones, which can't be read */
    record Restored(Trainer.@Nullable State state, @Nullable Notes notes, List<String> refused) {}

    /** @param metrics of the best weights then */
    public record Listed(long step, int epoch, SortedMap<String, Double> metrics, long bytes, Instant at) {}

    private final Path jobs;
    private final int kept;
    private final JsonMapper json = JsonMapper.builder().build();

    public TrainerCheckpoints(Path dataDir, int kept) {
        this.jobs = dataDir.resolve("jobs");
        this.kept = kept;
    }

    Path folder(String job) {
        return jobs.resolve(job);
    }

    private Path checkpoints(String job) {
        return folder(job).resolve("checkpoints");
    }

    /** Writes a checkpoint unless there is one of that step, and deletes those that are too old by then. */
    void save(String job, Trainer.State state, Notes notes) throws IOException {
        Path parent = Files.createDirectories(checkpoints(job));
        Path target = parent.resolve(Long.toString(state.position().updates()));
        if (Files.exists(target)) {
            return;
        }
        Path staged = Files.createDirectory(parent.resolve(STAGED + UUID.randomUUID()));
        try {
            String sha256 = writeTensors(staged.resolve(TENSORS), state);
            writeNotes(staged.resolve(NOTES), withDigest(notes, sha256));
            Folders.sync(staged);
            Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
            Folders.sync(parent);
        } finally {
            Folders.delete(staged);
        }
        List<Path> all = newestFirst(job);
        for (Path old : all.subList(Math.min(kept, all.size()), all.size())) {
            Folders.delete(old);
        }
    }

    private static Notes withDigest(Notes n, String sha256) {
        return new Notes(
                n.format(),
                n.assignment(),
                n.position(),
                n.momentsOf(),
                n.engine(),
                n.data(),
                n.lastEvent(),
                n.seconds(),
                n.metrics(),
                n.randomness(),
                sha256);
    }

    private static String writeTensors(Path file, Trainer.State state) throws IOException {
        Map<String, Tensor> tensors = new TreeMap<>();
        tensors.put("weights", vector(state.weights()));
        tensors.put("best", vector(state.best()));
        tensors.put("carried", vector(state.carried()));
        List<double[]> moments = state.moments().arrays();
        for (int k = 0; k < moments.size(); k++) {
            tensors.put("moment." + k, vector(moments.get(k)));
        }
        MessageDigest digest = Sha256.digest();
        try (FileChannel channel = create(file)) {
            OutputStream out = new BufferedOutputStream(
                    new DigestOutputStream(Channels.newOutputStream(channel), digest), 1 << 16);
            Safetensors.write(tensors, Dtype.F64, out);
            out.flush();
            channel.force(true);
        }
        return Sha256.hex(digest);
    }

    private static Tensor vector(double[] values) {
        return new Tensor(List.of(values.length), values);
    }

    private void writeNotes(Path file, Notes notes) throws IOException {
        try (FileChannel channel = create(file)) {
            OutputStream out = Channels.newOutputStream(channel);
            out.write(json.writerWithDefaultPrettyPrinter().writeValueAsBytes(notes));
            channel.force(true);
        }
    }

    private static FileChannel create(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    }

    /** The newest one that is whole. Those that aren't, and what a killed process left half done, are deleted. */
    Restored newest(String job) throws IOException {
        List<String> refused = new ArrayList<>();
        for (Path left : entries(job)) {
            if (left.getFileName().toString().startsWith(STAGED)) {
                Folders.delete(left);
            }
        }
        for (Path folder : newestFirst(job)) {
            try {
                Notes notes = notes(folder);
                return new Restored(state(folder, notes), notes, refused);
            } catch (IOException | JacksonException | CheckpointException e) {
                refused.add("the checkpoint of update " + folder.getFileName() + " can't be read and was dropped");
                Folders.delete(folder);
            }
        }
        return new Restored(null, null, refused);
    }

    private Notes notes(Path folder) throws IOException {
        Notes notes = json.readValue(Files.readAllBytes(folder.resolve(NOTES)), Notes.class);
        if (!FORMAT.equals(notes.format())) {
            throw new IOException("format: expected " + FORMAT + ", got " + notes.format());
        }
        return notes;
    }

    private static Trainer.State state(Path folder, Notes notes) throws IOException {
        byte[] file = Files.readAllBytes(folder.resolve(TENSORS));
        if (!Sha256.of(MemorySegment.ofArray(file)).equals(notes.sha256())) {
            throw new IOException("the tensors' digest isn't that of the notes");
        }
        SortedMap<String, Tensor> tensors = Safetensors.read(file);
        List<double[]> moments = new ArrayList<>();
        while (tensors.containsKey("moment." + moments.size())) {
            moments.add(values(tensors, "moment." + moments.size()));
        }
        return new Trainer.State(
                notes.position(),
                values(tensors, "weights"),
                values(tensors, "best"),
                new Optimizer.Moments(notes.momentsOf(), moments),
                values(tensors, "carried"));
    }

    private static double[] values(SortedMap<String, Tensor> tensors, String name) throws IOException {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IOException("tensor '" + name + "' is missing");
        }
        return tensor.values();
    }

    /** A job's checkpoints, the newest first. */
    public List<Listed> list(String job) throws IOException {
        List<Listed> listed = new ArrayList<>();
        for (Path folder : newestFirst(job)) {
            try {
                Notes notes = notes(folder);
                listed.add(new Listed(
                        notes.position().updates(),
                        notes.position().epoch(),
                        notes.metrics(),
                        Files.size(folder.resolve(TENSORS)) + Files.size(folder.resolve(NOTES)),
                        Files.getLastModifiedTime(folder.resolve(NOTES)).toInstant()));
            } catch (IOException | JacksonException e) {
                // deleted meanwhile, or damaged: not one to list
            }
        }
        return listed;
    }

    private List<Path> newestFirst(String job) throws IOException {
        return entries(job).stream()
                .filter(folder -> folder.getFileName().toString().matches("[0-9]{1,18}"))
                .sorted(Comparator.<Path>comparingLong(
                                folder -> Long.parseLong(folder.getFileName().toString()))
                        .reversed())
                .toList();
    }

    private List<Path> entries(String job) throws IOException {
        Path parent = checkpoints(job);
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(parent)) {
            return entries.toList();
        }
    }

    /** What {@code trainer.json} says of random generators. */
    static final String RANDOMNESS =
            "none to keep: every generator is made anew from the seed, its purpose and a counter";
}
