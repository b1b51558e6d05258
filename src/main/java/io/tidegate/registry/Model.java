package io.tidegate.registry;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** One name: its versions and aliases. Reading needs no lock; changes take turns. */
public final class Model {

    private final String name;
    private final ModelStore store;
    private final Loader loader;
    final ReentrantLock changing = new ReentrantLock();
    private final NavigableMap<Integer, ModelVersion> versions = new ConcurrentSkipListMap<>();
    private volatile ModelStore.ModelRecord record;

    Model(String name, ModelStore store, Loader loader) {
        this.name = name;
        this.store = store;
        this.loader = loader;
        this.record = store.readRecord(name);
        addVersions();
    }

    private void addVersions() {
        store.versions(name)
                .forEach(number -> versions.computeIfAbsent(number, n -> new ModelVersion(name, n, loader)));
    }

    public String name() {
        return name;
    }

    /** Ascending. */
    public List<ModelVersion> versions() {
        return new ArrayList<>(versions.values());
    }

    public Aliases aliases() {
        return record.aliases();
    }

    public Optional<ModelVersion> latest() {
        return Optional.ofNullable(versions.lastEntry()).map(entry -> entry.getValue());
    }

    /** Alias to version number, {@code latest} included. */
    public NavigableMap<String, Integer> aliasTargets() {
        NavigableMap<String, Integer> targets = new TreeMap<>();
        for (Aliases.Change change : record.aliases().current()) {
            Integer version = change.version();
            if (version != null) {
                targets.put(change.alias(), version);
            }
        }
        latest().ifPresent(latest -> targets.put(Aliases.LATEST, latest.number()));
        return targets;
    }

    /** What the bare name means: the champion where there is one, else the latest version. */
    public ModelVersion current() {
        return resolve(new ModelRef.Selector.Default());
    }

    ModelVersion resolve(ModelRef.Selector selector) {
        return switch (selector) {
            case ModelRef.Selector.Version(int number) -> version(number);
            case ModelRef.Selector.Alias(String alias) -> version(target(alias));
            case ModelRef.Selector.Default() -> {
                NavigableMap<String, Integer> targets = aliasTargets();
                Integer number = targets.getOrDefault(Aliases.CHAMPION, targets.get(Aliases.LATEST));
                if (number == null) {
                    throw new RegistryException.NotFound(
                            "Request for unknown model: '" + name + "' has no available versions");
                }
                yield version(number);
            }
        };
    }

    private int target(String alias) {
        Integer number = aliasTargets().get(alias);
        if (number == null) {
            throw new RegistryException.NotFound("Request for unknown model: '" + name + "' alias " + alias
                    + " is not found; it has " + aliasTargets().keySet());
        }
        return number;
    }

    ModelVersion version(int number) {
        ModelVersion version = versions.get(number);
        if (version == null) {
            throw new RegistryException.NotFound(
                    "Request for unknown model: '" + name + "' version " + number + " is not found");
        }
        return version;
    }

    // --- changes, each under the lock ---

    /** What is on disk by now. */
    void refresh() {
        addVersions();
        record = store.readRecord(name);
    }

    int nextVersion() {
        int highest = versions.isEmpty() ? 0 : versions.lastKey();
        return Math.max(record.nextVersion(), highest + 1);
    }

    void add(ModelVersion version) {
        versions.put(version.number(), version);
    }

    void remove(int number) {
        ModelVersion version = version(number);
        List<String> pointing = aliasTargets().entrySet().stream()
                .filter(target ->
                        target.getValue() == number && !target.getKey().equals(Aliases.LATEST))
                .map(target -> target.getKey())
                .toList();
        if (!pointing.isEmpty()) {
            throw new RegistryException.Conflict(
                    "version " + number + " of model '" + name + "' can't be deleted: alias "
                            + String.join(", ", pointing) + " points to it; point it elsewhere or delete it first");
        }
        write(new ModelStore.ModelRecord(nextVersion(), record.aliases()));
        versions.remove(number);
        version.unload("deleted");
        store.delete(name, number);
    }

    Aliases.Change setAlias(String alias, @Nullable Integer number, Instant at, String reason) {
        if (number != null) {
            version(number);
        }
        Aliases changed = record.aliases().with(alias, number, at, reason);
        write(new ModelStore.ModelRecord(nextVersion(), changed));
        return changed.changes().getLast();
    }

    private void write(ModelStore.ModelRecord changed) {
        store.writeRecord(name, changed);
        record = changed;
    }
}
