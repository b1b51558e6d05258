package io.tidegate.sequences;

import io.tidegate.sequences.SequenceRow.Stamp;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The plainest store there can be: a specification of what the others do, without time. */
final class HeapStore implements SequenceStore {

    private final Consumer<SequenceKey> expired;
    private final Map<SequenceKey, Found> kept = new HashMap<>();

    HeapStore(Consumer<SequenceKey> expired) {
        this.expired = expired;
    }

    @Override
    public synchronized Found find(SequenceKey key) {
        return switch (kept.getOrDefault(key, new Found.Unknown())) {
            case Found.Live(SequenceRow row) -> new Found.Live(row.copy());
            case Found.Ended(SequenceRow last) -> new Found.Ended(last == null ? null : last.copy());
            case Found other -> other;
        };
    }

    @Override
    public synchronized boolean put(SequenceKey key, @Nullable Stamp seen, SequenceRow next) {
        SequenceRow live = live(key);
        if (!java.util.Objects.equals(seen, live == null ? null : live.stamp())) {
            return false;
        }
        kept.put(key, new Found.Live(next.copy()));
        return true;
    }

    @Override
    public synchronized boolean end(SequenceKey key, Stamp seen, @Nullable SequenceRow last) {
        SequenceRow live = live(key);
        if (live == null || !live.stamp().equals(seen)) {
            return false;
        }
        kept.put(key, new Found.Ended(last == null ? null : last.copy()));
        return true;
    }

    /** As when nobody had asked for it for so long. */
    synchronized void expire(SequenceKey key, Duration idle) {
        SequenceRow live = java.util.Objects.requireNonNull(live(key));
        kept.put(key, new Found.Expired(idle));
        expired.accept(key);
    }

    private @Nullable SequenceRow live(SequenceKey key) {
        return kept.get(key) instanceof Found.Live(SequenceRow row) ? row : null;
    }

    @Override
    public synchronized List<Entry> list(String model, int limit, @Nullable String after) {
        TreeMap<String, Entry> byId = new TreeMap<>();
        kept.forEach((key, found) -> {
            if (key.model().equals(model) && found instanceof Found.Live(SequenceRow row)) {
                byId.put(key.id(), new Entry(key.id(), row.version(), row.steps(), Duration.ZERO, row.bytes()));
            }
        });
        return byId.values().stream()
                .filter(entry -> after == null || entry.id().compareTo(after) > 0)
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized long count(String model, int version) {
        return kept.entrySet().stream()
                .filter(each -> each.getKey().model().equals(model)
                        && each.getValue() instanceof Found.Live(SequenceRow row)
                        && row.version() == version)
                .count();
    }

    @Override
    public synchronized Map<String, Usage> usage() {
        Map<String, Usage> usage = new HashMap<>();
        kept.forEach((key, found) -> {
            if (found instanceof Found.Live(SequenceRow row)) {
                usage.merge(
                        key.model(),
                        new Usage(1, row.bytes()),
                        (a, b) -> new Usage(a.sequences() + b.sequences(), a.bytes() + b.bytes()));
            }
        });
        return usage;
    }

    @Override
    public void close() {}
}
