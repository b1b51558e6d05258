package io.tidegate.registry;

import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.checkpoint.CheckpointReader;
import io.tidegate.platform.Folders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Models on disk.
 *
 * <pre>
 *   models/.staging/…                      what is being written; emptied by the first process to start
 *   .models-users                          locked by every process that has the directory open
 *   models/.locks/{name}                  held by a process while it changes that model
 *   models/{name}/record.json              aliases with their history, and the next version's number
 *   models/{name}/versions/{number}/       model.json, weights.safetensors: never changed
 * </pre>
 *
 * Everything appears by one rename of something already synced: a reader, or a process that starts after a crash, sees all of
 * it or none.
 */
final class ModelStore {

    private static final String RECORD = "record.json",
            VERSIONS = "versions",
            STAGING = ".staging",
            LOCKS = ".locks",
            USERS = ".models-users";

    /**
     * What a model has besides its versions.
     *
     * @param nextVersion never used before: a deleted version's number doesn't come back
     */
    record ModelRecord(int nextVersion, Aliases aliases) {
        static final ModelRecord NEW = new ModelRecord(1, Aliases.NONE);
    }

    private final Path root;
    private final FileChannel users; // held open for its lock
    private final JsonMapper json = JsonMapper.builder().build();

    ModelStore(Path dataDir) {
        this.root = dataDir.resolve("models");
        try {
            Files.createDirectories(root);
            this.users = FileChannel.open(
                    dataDir.resolve(USERS),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            if (alone()) {
                Folders.discard(root.resolve(STAGING));
            }
            Files.createDirectories(root.resolve(STAGING));
        } catch (IOException e) {
            throw new UncheckedIOException("tidegate.data-dir: can't be written", e);
        }
    }

    /**
     * Whether no other process has this directory open, whose staging folders must stay. From then on this one has, until it
     * ends.
     */
    private boolean alone() throws IOException {
        try {
            FileLock exclusive = users.tryLock();
            if (exclusive != null) {
                exclusive.release();
            }
            FileLock _ = users.lock(0, Long.MAX_VALUE, true);
            return exclusive != null;
        } catch (OverlappingFileLockException e) {
            return true; // opened before by this very process
        }
    }

    /** The names of all models that have ever been published here. */
    List<String> names() {
        return directories(root).filter(name -> !name.startsWith(".")).sorted().toList();
    }

    /** Whether a version of that name was ever published here. */
    boolean exists(String name) {
        return Files.exists(root.resolve(name).resolve(RECORD))
                || !versions(name).isEmpty();
    }

    List<Integer> versions(String name) {
        return directories(root.resolve(name).resolve(VERSIONS))
                .filter(folder -> folder.matches("[1-9][0-9]{0,8}"))
                .map(Integer::valueOf)
                .sorted()
                .toList();
    }

    private static Stream<String> directories(Path parent) {
        if (!Files.isDirectory(parent)) {
            return Stream.empty();
        }
        try (Stream<Path> children = Files.list(parent)) {
            return children
                    .filter(Files::isDirectory)
                    .map(child -> child.getFileName().toString())
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException("models can't be listed", e);
        }
    }

    Checkpoint read(String name, int number) {
        return read(version(name, number), "model '" + name + "' version " + number);
    }

    static Checkpoint read(Path folder, String what) {
        try {
            return CheckpointReader.read(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(what + " can't be read from disk", e);
        }
    }

    Path file(String name, int number, String file) {
        return version(name, number).resolve(file);
    }

    Instant publishedAt(String name, int number) {
        try {
            return Files.getLastModifiedTime(version(name, number).resolve(Checkpoint.MODEL_FILE))
                    .toInstant();
        } catch (IOException e) {
            return Instant.EPOCH;
        }
    }

    private Path version(String name, int number) {
        return root.resolve(name).resolve(VERSIONS).resolve(Integer.toString(number));
    }

    ModelRecord readRecord(String name) {
        Path file = root.resolve(name).resolve(RECORD);
        try {
            return Files.exists(file) ? json.readValue(file, ModelRecord.class) : ModelRecord.NEW;
        } catch (JacksonException e) {
            throw new IllegalStateException(
                    "model '" + name + "': its " + RECORD + ", which holds its aliases, can't be read: "
                            + e.getOriginalMessage() + "; restore it, or delete it to go on without them",
                    e);
        }
    }

    void writeRecord(String name, ModelRecord record) {
        try {
            Path model = root.resolve(name);
            Files.createDirectories(model);
            Path staged = root.resolve(STAGING).resolve(UUID.randomUUID() + ".json");
            Files.write(staged, json.writerWithDefaultPrettyPrinter().writeValueAsBytes(record));
            Folders.sync(staged);
            Files.move(
                    staged, model.resolve(RECORD), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Folders.sync(model);
        } catch (IOException e) {
            throw new UncheckedIOException("model '" + name + "': its record can't be written", e);
        }
    }

    /**
     * Keeps every other process on this data directory from changing a model, until it is closed. Threads of one process take
     * turns by themselves.
     */
    FileChannel lock(String name) {
        try {
            Path file = Files.createDirectories(root.resolve(LOCKS)).resolve(name);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            while (!locked(channel)) {
                LockSupport.parkNanos(1_000_000);
            }
            return channel;
        } catch (IOException e) {
            throw new UncheckedIOException("model '" + name + "': its lock can't be had", e);
        }
    }

    /** Waits for other processes; for another registry of this one, the JVM only says that it has the lock. */
    private static boolean locked(FileChannel channel) throws IOException {
        try {
            channel.lock();
            return true;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** An empty folder on the same disk as the models, for what will be published. */
    Path newStaging() {
        try {
            return Files.createDirectory(
                    root.resolve(STAGING).resolve(UUID.randomUUID().toString()));
        } catch (IOException e) {
            throw new UncheckedIOException("a folder for an upload can't be made", e);
        }
    }

    /**
     * Makes a staged folder, which holds both files, a version.
     *
     * @param number that no version has, as the caller, who holds the model's {@link #lock}, has seen
     */
    void publish(Path staged, String name, int number) {
        try {
            Folders.sync(staged.resolve(Checkpoint.MODEL_FILE));
            Folders.sync(staged.resolve(Checkpoint.WEIGHTS_FILE));
            Folders.sync(staged);
            Path versions = root.resolve(name).resolve(VERSIONS);
            Files.createDirectories(versions);
            Files.move(staged, version(name, number), StandardCopyOption.ATOMIC_MOVE);
            Folders.sync(versions);
            Folders.sync(root.resolve(name));
            Folders.sync(root);
        } catch (IOException e) {
            throw new UncheckedIOException("model '" + name + "': the version can't be written", e);
        }
    }

    /** Out of sight at once, then file by file. */
    void delete(String name, int number) {
        try {
            Path away = root.resolve(STAGING).resolve(UUID.randomUUID().toString());
            Files.move(version(name, number), away, StandardCopyOption.ATOMIC_MOVE);
            Folders.discard(away);
        } catch (IOException e) {
            throw new UncheckedIOException("model '" + name + "' version " + number + " can't be deleted", e);
        }
    }
}
