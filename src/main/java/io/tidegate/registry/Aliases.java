package io.tidegate.registry;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Every change of a model's aliases, oldest first; what an alias points to is its last change. Immutable.
 *
 * @param changes of all aliases of the model
 */
public record Aliases(List<Change> changes) {

    /** Kept by the server: the highest version. */
    public static final String LATEST = "latest";

    /** What a bare name means, where it is set. */
    public static final String CHAMPION = "champion";

    public static final Aliases NONE = new Aliases(List.of());

    /**
     * @param version what the alias points to from then on; null when it was deleted
     * @param revision counts an alias's changes from 1
     * @param reason as given by whoever changed it; may be empty
     */
    public record Change(String alias, @Nullable Integer version, int revision, Instant at, String reason) {}

    public Aliases {
        changes = List.copyOf(changes);
    }

    /** The change that made an alias what it is; empty for one that doesn't exist. */
    public Optional<Change> current(String alias) {
        return last(alias).filter(change -> change.version() != null);
    }

    private Optional<Change> last(String alias) {
        List<Change> history = history(alias);
        return history.isEmpty() ? Optional.empty() : Optional.of(history.getLast());
    }

    public List<Change> history(String alias) {
        return changes.stream().filter(change -> change.alias().equals(alias)).toList();
    }

    /** The aliases that exist, each by the change that made it what it is. */
    public List<Change> current() {
        return changes.stream()
                .map(Change::alias)
                .distinct()
                .sorted()
                .flatMap(alias -> current(alias).stream())
                .toList();
    }

    /** The version an alias had before the one it has now; empty where it had no other. */
    public Optional<Integer> previous(String alias) {
        Integer now = current(alias).map(Change::version).orElse(null);
        return history(alias).reversed().stream()
                .map(Change::version)
                .filter(version -> version != null && !version.equals(now))
                .findFirst()
                .map(version -> version);
    }

    Aliases with(String alias, @Nullable Integer version, Instant at, String reason) {
        int revision = last(alias).map(Change::revision).orElse(0) + 1;
        List<Change> more = new ArrayList<>(changes);
        more.add(new Change(alias, version, revision, at, reason));
        return new Aliases(more);
    }
}
