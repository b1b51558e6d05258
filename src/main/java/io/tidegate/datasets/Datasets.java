package io.tidegate.datasets;

import io.tidegate.datasets.DatasetStore.Stored;
import io.tidegate.platform.Folders;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The datasets there are: those in the jar, and those that were uploaded. */
public final class Datasets {

    /**
     * What is uploaded. Whoever made the streams closes them.
     *
     * @param file gzip or not
     * @param fileName as the caller's; empty where it isn't known
     * @param labels of IDX images, gzip or not
     * @param format null: guessed from the file's name or its first bytes
     * @param name shown to people; null: the file's name
     */
    public record Upload(
            InputStream file,
            String fileName,
            @Nullable InputStream labels,
            @Nullable String format,
            @Nullable String name) {

        private static final int LONGEST_NAME = 200;

        /** @throws DatasetException.Refused for a name that can't be shown */
        String shownName() {
            if (name == null) {
                String bare = fileName.substring(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1);
                return isGood(bare) ? bare : "unnamed";
            }
            if (!isGood(name)) {
                throw new DatasetException.Refused(
                        "name", "expected 1 to " + LONGEST_NAME + " characters without control characters, got others");
            }
            return name;
        }

        private static boolean isGood(String name) {
            return !name.isBlank()
                    && name.length() <= LONGEST_NAME
                    && name.chars().noneMatch(Character::isISOControl);
        }
    }

    /** @param created false where the same bytes were there already */
    public record Added(Dataset dataset, boolean created) {}

    private static final String PREFIX = "sha256:";

    private final DatasetStore store;
    private final long maxBytes;
    private final Supplier<Stream<DatasetUse>> uses;

    /**
     * @param maxBytes of an upload's part, inflated
     * @param uses who is asked before a dataset is deleted
     */
    public Datasets(Path dataDir, long maxBytes, Clock clock, Supplier<Stream<DatasetUse>> uses) {
        this.store = new DatasetStore(dataDir, clock);
        this.maxBytes = maxBytes;
        this.uses = uses;
    }

    /** By id: the built-in ones come first. */
    public List<DatasetSummary> list() {
        List<DatasetSummary> all = new ArrayList<>(store.summaries());
        BuiltInDatasets.ALL.values().forEach(builtIn -> all.add(builtIn.get().summary()));
        all.sort(Comparator.comparing(DatasetSummary::id));
        return all;
    }

    /**
     * @throws DatasetException.NotFound where there is none
     * @throws DatasetException.Refused where the id is none that a dataset can have
     */
    public Dataset find(String id) {
        Supplier<Dataset> builtIn = BuiltInDatasets.ALL.get(id);
        if (builtIn != null) {
            return builtIn.get();
        }
        String sha256 = sha256(id);
        return store.read(sha256).map(stored -> dataset(sha256, stored)).orElseThrow(() -> notFound(id));
    }

    private static DatasetException notFound(String id) {
        return new DatasetException.NotFound("dataset '" + id
                + "' isn't here; GET /api/v1/datasets lists those that are, POST /api/v1/datasets uploads one");
    }

    private static String sha256(String id) {
        if (id.matches(PREFIX + "[0-9a-f]{64}")) {
            return id.substring(PREFIX.length());
        }
        String expected = "expected a dataset's id: sha256: and 64 hexadecimal digits in lower case, or one of "
                + String.join(", ", BuiltInDatasets.ALL.keySet());
        throw new DatasetException.Refused("", expected + "; got '" + Quoted.shortened(id) + "'");
    }

    private Dataset dataset(String sha256, Stored stored) {
        return new Dataset(stored.summary(), () -> StoredContent.open(store.folder(sha256), stored));
    }

    /** A folder for an upload's parts, on the disk where its dataset will be; to be {@link #discard}ed. */
    public Path newStaging() {
        return store.newStaging();
    }

    /** Keeps a part while others are still to come. */
    public void spool(InputStream part, Path file) throws IOException {
        DatasetStore.spool(part, file);
    }

    public void discard(Path staging) {
        Folders.discard(staging);
    }

    /**
     * Reads, checks and keeps an upload; nothing of it is left where that fails.
     *
     * @throws DatasetException.Refused with the lines that are wrong
     * @throws IOException where the streams can't be read
     */
    public Added add(Upload upload) throws IOException {
        upload.shownName(); // before anything is read
        Path staging = store.newStaging();
        try {
            Stored stored = new Conversion(upload, staging, maxBytes, store.now()).run();
            String sha256 = sha256(stored.summary().id());
            boolean created = store.publish(staging, sha256, stored);
            Stored kept = created ? stored : store.read(sha256).orElse(stored);
            requireSameFormat(stored.summary(), kept.summary());
            return new Added(dataset(sha256, kept), created);
        } finally {
            Folders.discard(staging);
        }
    }

    private static void requireSameFormat(DatasetSummary uploaded, DatasetSummary kept) {
        if (!uploaded.format().equals(kept.format())) {
            throw new DatasetException.Conflict("the same bytes are here already, read as " + kept.format()
                    + ": dataset '" + kept.id() + "'; delete it to have them read as " + uploaded.format());
        }
    }

    /**
     * @throws DatasetException.Conflict where it is built in, or something holds it
     * @throws DatasetException.NotFound where there is none
     */
    public void delete(String id) {
        if (BuiltInDatasets.ALL.containsKey(id)) {
            throw new DatasetException.Conflict("dataset '" + id + "' is built in and can't be deleted");
        }
        String sha256 = sha256(id);
        Optional<String> holder =
                uses.get().flatMap(use -> use.holderOf(id).stream()).findFirst();
        if (holder.isPresent()) {
            throw new DatasetException.Conflict("dataset '" + id + "' can't be deleted: " + holder.get()
                    + " needs it; wait for its end or cancel it first");
        }
        if (!store.delete(sha256)) {
            throw notFound(id);
        }
    }
}
