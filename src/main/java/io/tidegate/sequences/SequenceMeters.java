package io.tidegate.sequences;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/** What happens to each model's live sequences, counted from the first of them on. */
final class SequenceMeters {

    private static final Duration FRESH = Duration.ofMillis(100);

    record OfModel(Counter starts, Counter restarts, Counter ends, Counter expired, Counter retries) {}

    private final MeterRegistry meters;
    private final Supplier<Map<String, SequenceStore.Usage>> store;
    private final ToIntFunction<String> waiting;
    private final Map<String, OfModel> models = new ConcurrentHashMap<>();
    private final ReentrantLock asking = new ReentrantLock();
    private volatile Map<String, SequenceStore.Usage> usage = Map.of();
    private volatile long asked = System.nanoTime() - FRESH.toNanos();

    /**
     * @param store asked once for all gauges that are read together: it may be another process
     * @param waiting how many of a model's requests wait for their turn
     */
    SequenceMeters(
            MeterRegistry meters, Supplier<Map<String, SequenceStore.Usage>> store, ToIntFunction<String> waiting) {
        this.meters = meters;
        this.store = store;
        this.waiting = waiting;
    }

    private Map<String, SequenceStore.Usage> usage() {
        if (System.nanoTime() - asked >= FRESH.toNanos() && asking.tryLock()) {
            try {
                usage = store.get();
                asked = System.nanoTime();
            } finally {
                asking.unlock();
            }
        }
        return usage;
    }

    private SequenceStore.Usage usage(String model) {
        return usage().getOrDefault(model, SequenceStore.Usage.NONE);
    }

    OfModel of(String model) {
        OfModel known = models.get(model);
        return known != null ? known : models.computeIfAbsent(model, this::made);
    }

    private OfModel made(String model) {
        Gauge.builder("tidegate.sequences.live", () -> usage(model).sequences())
                .description("Live sequences")
                .tag("model", model)
                .register(meters);
        Gauge.builder("tidegate.sequences.bytes", () -> usage(model).bytes())
                .description("Memory that live sequences take")
                .baseUnit("bytes")
                .tag("model", model)
                .register(meters);
        Gauge.builder("tidegate.sequences.waiting", () -> waiting.applyAsInt(model))
                .description("Requests that wait for an earlier one of their sequence")
                .tag("model", model)
                .register(meters);
        return new OfModel(
                counter("starts", "Sequences begun", model),
                counter("restarts", "Live sequences ended by another start", model),
                counter("ends", "Sequences ended by their clients", model),
                counter("expired", "Sequences given up because nobody asked for them", model),
                counter("retries", "Requests answered again from memory", model));
    }

    private Counter counter(String what, String description, String model) {
        return Counter.builder("tidegate.sequences." + what)
                .description(description)
                .tag("model", model)
                .register(meters);
    }
}
