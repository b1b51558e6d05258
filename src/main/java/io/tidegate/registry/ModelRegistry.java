package io.tidegate.registry;

import io.micrometer.core.instrument.MeterRegistry;
import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.checkpoint.CheckpointException;
import io.tidegate.platform.Folders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every model of this process. */
public final class ModelRegistry {

    private static final Logger log = LoggerFactory.getLogger(ModelRegistry.class);

    private final ModelStore store;
    private final Loader loader;
    private final Clock clock;
    private final Map<String, Model> models = new ConcurrentSkipListMap<>();

    /**
     * Reads what the data directory holds; loads nothing yet.
     *
     * @param networks asked for when the first network is loaded
     */
    public ModelRegistry(Path dataDir, NetworkLoader networks, MeterRegistry meters, Clock clock) {
        this.store = new ModelStore(dataDir);
        this.loader = new Loader(store, networks, meters);
        this.clock = clock;
        store.names().forEach(name -> models.put(name, new Model(name, store, loader)));
    }

    /** Loads each model's latest version and those that have an alias; the others load when they are first asked for. */
    public void loadCurrent() {
        for (Model model : models.values()) {
            model.aliasTargets().values().stream().distinct().forEach(number -> {
                try {
                    model.version(number).load();
                } catch (RegistryException e) {
                    log.error("{}", e.getMessage());
                }
            });
        }
    }

    /** Every model that has a version, by name. */
    public List<Model> models() {
        return models.values().stream()
                .filter(model -> !model.versions().isEmpty())
                .toList();
    }

    /** The model of that name, if it has a version. */
    public Optional<Model> find(String name) {
        return Optional.ofNullable(models.get(name))
                .filter(model -> !model.versions().isEmpty());
    }

    /** Takes notice of what other processes on the same data directory did to any model. */
    public void refresh() {
        store.names().forEach(this::refresh);
    }

    /** Takes notice of what another process on the same data directory did to a model. */
    public void refresh(String name) {
        if (store.exists(name)) {
            Model model = models.computeIfAbsent(name, n -> new Model(n, store, loader));
            model.changing.lock();
            try {
                model.refresh();
            } finally {
                model.changing.unlock();
            }
        }
    }

    public Model model(String name) {
        Model model = models.get(ModelRef.parse(name).name());
        if (model == null || model.versions().isEmpty()) {
            throw new RegistryException.NotFound("Request for unknown model: '" + name + "' is not found");
        }
        return model;
    }

    public ModelVersion resolve(ModelRef ref) {
        return model(ref.name()).resolve(ref.selector());
    }

    /** A version's {@code model.json} and {@code weights.safetensors}, which never change. */
    public List<Path> files(ModelVersion version) {
        return List.of(
                store.file(version.name(), version.number(), Checkpoint.MODEL_FILE),
                store.file(version.name(), version.number(), Checkpoint.WEIGHTS_FILE));
    }

    /** Whether this name was ever published here, even if all its versions are deleted by now. */
    public boolean knows(String name) {
        return store.exists(name);
    }

    /** A new folder into which an upload's two files may be written, and from which {@link #publish} takes them. */
    public Path newStaging() {
        return store.newStaging();
    }

    /** Clears away a staging folder, published or not. */
    public void discard(Path staging) {
        Folders.discard(staging);
    }

    /**
     * Publishes a staged checkpoint as the next version. It is read, checked and loaded before anyone can see it.
     *
     * @param staging holds {@code model.json} and {@code weights.safetensors}
     * @throws io.tidegate.checkpoint.CheckpointException if the checkpoint is refused
     */
    public ModelVersion publish(String name, Path staging) {
        ModelRef.requireName(name);
        Checkpoint checkpoint = ModelStore.read(staging, "the upload of model '" + name + "'");
        requireSameName(name, checkpoint);
        LoadedModel loaded = loader.load(name, checkpoint);
        try {
            return publish(name, staging, checkpoint, loaded);
        } catch (RuntimeException e) {
            loaded.retire();
            throw e;
        }
    }

    private ModelVersion publish(String name, Path staging, Checkpoint checkpoint, LoadedModel loaded) {
        Model model = models.computeIfAbsent(name, n -> new Model(n, store, loader));
        return changing(model, () -> {
            int number = model.nextVersion();
            store.publish(staging, name, number);
            ModelVersion version = new ModelVersion(name, number, loader);
            version.publishedWith(loader.card(checkpoint, name, number), loaded);
            model.add(version);
            log.info("published model '{}' version {}, weights {}", name, number, checkpoint.weightsSha256());
            return version;
        });
    }

    private static void requireSameName(String name, Checkpoint checkpoint) {
        String inside = checkpoint.descriptor().name();
        if (!inside.equals(name)) {
            throw new CheckpointException(List.of(new CheckpointException.Problem(
                    "/name", "expected '" + name + "', the model it is published as, got '" + inside + "'")));
        }
    }

    public void delete(String name, int number) {
        Model model = model(name);
        changing(model, () -> {
            model.remove(number);
            return number;
        });
        log.info("deleted model '{}' version {}", name, number);
    }

    /**
     * Points an alias to a version.
     *
     * @param expectedRevision the alias's revision the caller knows, 0 for one that must not exist yet; empty to set it whatever
     *     it is
     * @throws RegistryException.Stale if it has another revision by now
     */
    public Aliases.Change setAlias(
            String name, String alias, int version, String reason, OptionalInt expectedRevision) {
        ModelRef.requireAlias(alias);
        return changeAlias(
                name, alias, expectedRevision, model -> model.setAlias(alias, version, clock.instant(), reason));
    }

    public void deleteAlias(String name, String alias, OptionalInt expectedRevision) {
        ModelRef.requireAlias(alias);
        changeAlias(name, alias, expectedRevision, model -> {
            requireAlias(model, alias);
            return model.setAlias(alias, null, clock.instant(), "deleted");
        });
    }

    /** Points an alias back to the version it had before. */
    public Aliases.Change rollBack(String name, String alias, String reason) {
        ModelRef.requireAlias(alias);
        return changeAlias(name, alias, OptionalInt.empty(), model -> {
            requireAlias(model, alias);
            int previous = model.aliases()
                    .previous(alias)
                    .orElseThrow(() -> new RegistryException.Conflict("alias '" + alias + "' of model '" + name
                            + "' can't be rolled back: it never pointed to another version"));
            if (model.versions().stream().noneMatch(version -> version.number() == previous)) {
                throw new RegistryException.Conflict("alias '" + alias + "' of model '" + name
                        + "' can't be rolled back: version " + previous + " is deleted");
            }
            return model.setAlias(alias, previous, clock.instant(), reason);
        });
    }

    private static void requireAlias(Model model, String alias) {
        model.resolve(new ModelRef.Selector.Alias(alias));
    }

    private Aliases.Change changeAlias(
            String name, String alias, OptionalInt expected, Function<Model, Aliases.Change> change) {
        Model model = model(name);
        return changing(model, () -> {
            int revision =
                    model.aliases().current(alias).map(Aliases.Change::revision).orElse(0);
            if (expected.isPresent() && expected.getAsInt() != revision) {
                throw new RegistryException.Stale("alias '" + alias + "' of model '" + name + "': expected revision "
                        + expected.getAsInt() + ", it has " + revision + "; read it again and decide anew");
            }
            Aliases.Change changed = change.apply(model);
            log.info(
                    "model '{}': alias '{}' → {} ({})",
                    name,
                    alias,
                    changed.version() == null ? "none" : "version " + changed.version(),
                    changed.reason());
            return changed;
        });
    }

    /** Loads the versions a model serves: the latest and those with an alias. */
    public void load(String name) {
        Model model = model(name);
        model.aliasTargets().values().stream()
                .distinct()
                .forEach(number -> model.version(number).load());
    }

    /** Unloads every version of a model once the requests in it are done; they stay published. */
    public void unload(String name) {
        new ArrayList<>(model(name).versions()).forEach(version -> version.unload("unloaded on request"));
    }

    /**
     * Unloads versions that no alias points to and nobody has used since this was last called. They load again for whoever asks for
     * them.
     */
    public void unloadSuperseded() {
        for (Model model : models.values()) {
            Collection<Integer> served = model.aliasTargets().values();
            for (ModelVersion version : model.versions()) {
                if (!served.contains(version.number()) && version.unloadIfIdle()) {
                    log.info("unloaded model '{}' version {}: no alias points to it", model.name(), version.number());
                }
            }
        }
    }

    /** No other thread and no other process on this data directory changes the model meanwhile; their changes are seen first. */
    private <T> T changing(Model model, Supplier<T> change) {
        model.changing.lock();
        try (FileChannel _ = store.lock(model.name())) {
            model.refresh();
            return change.get();
        } catch (IOException e) {
            throw new UncheckedIOException("model '" + model.name() + "': its lock can't be given back", e);
        } finally {
            model.changing.unlock();
        }
    }
}
