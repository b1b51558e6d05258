package io.tidegate.datasets;

import io.tidegate.platform.Folders;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Datasets on disk.
 *
 * <pre>
 *   datasets/.staging/…     what is being written or deleted
 *   datasets/{sha256}/      dataset.json and the numbers: never changed
 * </pre>
 *
 * A dataset appears, and disappears, by one rename. Several processes may share the folder: at start only what nobody has
 * written to for a day is taken from {@code .staging}.
 */
final class DatasetStore {

    private static final Logger log = LoggerFactory.getLogger(DatasetStore.class);
    private static final String RECORD = "dataset.json", STAGING = ".staging";
    private static final Duration ABANDONED = Duration.ofDays(1);

    /**
     * What {@code dataset.json} holds.
     *
     * @param layout of the files beside it: {@value #LAYOUT}
     * @param found classes in the order of appearance, as the labels' file counts them
     * @param foundAlphabet characters in the order of appearance, as the tokens' file counts them
     */
    record Stored(int layout, DatasetSummary summary, List<String> found, String foundAlphabet) {
        static final int LAYOUT = 1;
    }

    private final Path root;
    private final Clock clock;
    private final JsonMapper json = JsonMapper.builder().build();

    DatasetStore(Path dataDir, Clock clock) {
        this.root = dataDir.resolve("datasets");
        this.clock = clock;
        try {
            Files.createDirectories(root.resolve(STAGING));
            for (Path entry : entries(root.resolve(STAGING))) {
                if (lastWritten(entry).isBefore(clock.instant().minus(ABANDONED))) {
                    Folders.discard(entry);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("tidegate.data-dir: can't be written", e);
        }
    }

    private static List<Path> entries(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList();
        }
    }

    private static Instant lastWritten(Path entry) throws IOException {
        Instant last = Instant.EPOCH;
        try (Stream<Path> all = Files.walk(entry)) {
            for (Path each : all.toList()) {
                Instant written = Files.getLastModifiedTime(each).toInstant();
                last = written.isAfter(last) ? written : last;
            }
        } catch (NoSuchFileException | UncheckedIOException e) {
            return Instant.MAX; // another process is at it
        }
        return last;
    }

    /** Of all that are here and can be read; the log names the others. */
    List<DatasetSummary> summaries() {
        try {
            return entries(root).stream()
                    .map(folder -> folder.getFileName().toString())
                    .filter(name -> name.matches("[0-9a-f]{64}"))
                    .sorted()
                    .flatMap(name -> summary(name).stream())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("datasets can't be listed", e);
        }
    }

    private Optional<DatasetSummary> summary(String sha256) {
        try {
            return read(sha256).map(Stored::summary);
        } catch (DatasetException.Damaged e) {
            log.warn("left out of the list: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** @param sha256 in hexadecimal digits */
    Optional<Stored> read(String sha256) {
        Path file = folder(sha256).resolve(RECORD);
        try {
            Stored stored = json.readValue(Files.readAllBytes(file), Stored.class);
            if (stored.layout() != Stored.LAYOUT) {
                throw new DatasetException.Damaged(
                        "sha256:" + sha256, "expected layout " + Stored.LAYOUT + ", found " + stored.layout());
            }
            return Optional.of(stored);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JacksonException e) {
            throw new DatasetException.Damaged("sha256:" + sha256, RECORD + " can't be read");
        } catch (IOException e) {
            throw new UncheckedIOException("dataset 'sha256:" + sha256 + "' can't be read", e);
        }
    }

    Path folder(String sha256) {
        return root.resolve(sha256);
    }

    /** An empty folder on the same disk as the datasets. */
    Path newStaging() {
        try {
            return Files.createDirectory(
                    root.resolve(STAGING).resolve(UUID.randomUUID().toString()));
        } catch (IOException e) {
            throw WriteFailure.of(e);
        }
    }

    /** Copies what streams in to a new file. */
    static void spool(InputStream in, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)) {
            byte[] buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                write(out, buffer, read);
            }
        }
    }

    private static void write(OutputStream out, byte[] buffer, int count) {
        try {
            out.write(buffer, 0, count);
        } catch (IOException e) {
            throw WriteFailure.of(e);
        }
    }

    /**
     * Makes a staged folder, whose numbers are on the disk, a dataset.
     *
     * @return false where it was there already
     */
    boolean publish(Path staged, String sha256, Stored stored) {
        try {
            Path record = staged.resolve(RECORD);
            Files.write(record, json.writerWithDefaultPrettyPrinter().writeValueAsBytes(stored));
            Folders.sync(record);
            Folders.sync(staged);
            Files.move(staged, folder(sha256), StandardCopyOption.ATOMIC_MOVE);
            Folders.sync(root);
            return true;
        } catch (IOException e) {
            if (Files.exists(
                    folder(sha256))) { // an atomic move has no exception of its own for a folder that isn't empty
                return false;
            }
            throw WriteFailure.of(e);
        }
    }

    /**
     * Out of sight at once, then file by file.
     *
     * @return false where it wasn't there
     */
    boolean delete(String sha256) {
        Path away = root.resolve(STAGING).resolve(UUID.randomUUID().toString());
        try {
            Files.move(folder(sha256), away, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("dataset 'sha256:" + sha256 + "' can't be deleted", e);
        }
        Folders.discard(away);
        return true;
    }

    Instant now() {
        return clock.instant();
    }
}
