package io.tidegate.sequences;

import io.tidegate.registry.Lease;
import io.tidegate.registry.ModelRef;
import io.tidegate.registry.ModelRegistry;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;

/** Keeps versions loaded as long as a live sequence began with them, whatever aliases and unloads do meanwhile. */
final class Pins implements AutoCloseable {

    record Version(String model, int number) {}

    /** Keeps one version loaded. Whoever got it from {@link #enter} closes it when the request is through. */
    static final class Pin implements AutoCloseable {

        private static final long USER = 1, ONCE = 1L << 24, USERS = ONCE - 1, RELEASED = -1;

        private final Lease lease;

        /** How many are in, and above them how often somebody went in, so that who comes and goes unseen is noticed. */
        private final AtomicLong uses = new AtomicLong();

        Pin(Lease lease) {
            this.lease = lease;
        }

        Lease lease() {
            return lease;
        }

        /** @return false if it is released already */
        private boolean enter() {
            return uses.getAndUpdate(now -> now == RELEASED ? now : (now + ONCE + USER) & Long.MAX_VALUE) != RELEASED;
        }

        @Override
        public void close() {
            uses.addAndGet(-USER);
        }
    }

    private final ModelRegistry registry;
    private final Map<Version, Pin> pins = new ConcurrentHashMap<>();

    Pins(ModelRegistry registry) {
        this.registry = registry;
    }

    /** A version's pin, which stays until {@link #releaseUnused} finds nobody left. */
    Pin enter(String model, int number) {
        Version version = new Version(model, number);
        Pin known = pins.get(version);
        if (known != null && known.enter()) {
            return known;
        }
        return Objects.requireNonNull(pins.compute(version, (_, pin) -> {
            if (pin != null && pin.enter()) {
                return pin;
            }
            Pin made = new Pin(registry.resolve(ModelRef.of(model, Integer.toString(number)))
                    .lease());
            made.enter();
            return made;
        }));
    }

    /**
     * Lets versions go that no request is in and no sequence began with.
     *
     * @param live sequences of a version; what it throws is thrown on
     */
    void releaseUnused(ToLongFunction<Version> live) {
        pins.forEach((version, pin) -> {
            long uses = pin.uses.get();
            boolean idle = uses != Pin.RELEASED && (uses & Pin.USERS) == 0;
            if (idle && live.applyAsLong(version) == 0 && pin.uses.compareAndSet(uses, Pin.RELEASED)) {
                pins.remove(version, pin);
                pin.lease.close();
            }
        });
    }

    @Override
    public void close() {
        pins.values().forEach(pin -> pin.lease.close());
        pins.clear();
    }
}
