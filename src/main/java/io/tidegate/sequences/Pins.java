package io.tidegate.sequences;

import io.tidegate.registry.Lease;
import io.tidegate.registry.ModelRef;
import io.tidegate.registry.ModelRegistry;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Keeps versions loaded as long as a live sequence began with them, whatever aliases and unloads do meanwhile. */
final class Pins implements AutoCloseable {

    private record Key(String model, int version) {}

    private final ModelRegistry registry;
    private final ConcurrentHashMap<Key, Lease> pins = new ConcurrentHashMap<>();

    Pins(ModelRegistry registry) {
        this.registry = registry;
    }

    /** A lease of a version, which stays pinned until {@link #releaseIfUnused} finds nobody left. The caller closes the lease. */
    Lease lease(String model, int version) {
        AtomicReference<@Nullable Lease> again = new AtomicReference<>();
        pins.compute(new Key(model, version), (_, pin) -> {
            Lease pinned = pin != null
                    ? pin
                    : registry.resolve(ModelRef.of(model, Integer.toString(version)))
                            .lease();
            again.set(pinned.again());
            return pinned;
        });
        return Objects.requireNonNull(again.get());
    }

    /** @param live sequences of that version */
    void releaseIfUnused(String model, int version, LongSupplier live) {
        pins.computeIfPresent(new Key(model, version), (_, pin) -> {
            if (live.getAsLong() > 0) {
                return pin;
            }
            pin.close();
            return null;
        });
    }

    @Override
    public void close() {
        pins.values().forEach(Lease::close);
        pins.clear();
    }
}
