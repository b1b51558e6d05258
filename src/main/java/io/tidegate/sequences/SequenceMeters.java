package io.tidegate.sequences;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** What happens to each model's live sequences, counted from the first of them on. */
final class SequenceMeters {

    record OfModel(Counter starts, Counter restarts, Counter ends, Counter expired, Counter retries) {}

    private final MeterRegistry meters;
    private final Function<String, SequenceStore.Usage> usage;
    private final Map<String, OfModel> models = new ConcurrentHashMap<>();

    /** @param usage of a model, now */
    SequenceMeters(MeterRegistry meters, Function<String, SequenceStore.Usage> usage) {
        this.meters = meters;
        this.usage = usage;
    }

    OfModel of(String model) {
        OfModel known = models.get(model);
        return known != null ? known : models.computeIfAbsent(model, this::made);
    }

    private OfModel made(String model) {
        Gauge.builder("tidegate.sequences.live", () -> usage.apply(model).sequences())
                .description("Live sequences")
                .tag("model", model)
                .register(meters);
        Gauge.builder("tidegate.sequences.bytes", () -> usage.apply(model).bytes())
                .description("Memory that live sequences take")
                .baseUnit("bytes")
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
