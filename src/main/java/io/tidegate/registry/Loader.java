package io.tidegate.registry;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.tidegate.checkpoint.Architecture;
import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.core.caption.CaptionConfig;
import io.tidegate.core.caption.Captioner;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** Brings checkpoints from the store into the engine or a captioner, and measures it. */
final class Loader {

    private record Key(String name, int number) {}

    private final ModelStore store;
    private final NetworkLoader networks;
    private final MeterRegistry meters;
    private final Timer loadTime;
    private final Map<Key, Meter> weightGauges = new ConcurrentHashMap<>();

    Loader(ModelStore store, NetworkLoader networks, MeterRegistry meters) {
        this.store = store;
        this.networks = networks;
        this.meters = meters;
        this.loadTime = Timer.builder("tidegate.model.load")
                .description("Time from a checkpoint on disk to a model that answers")
                .register(meters);
    }

    Checkpoint read(String name, int number) {
        return store.read(name, number);
    }

    ModelVersion.Card card(Checkpoint checkpoint, String name, int number) {
        return new ModelVersion.Card(
                checkpoint.descriptor(),
                checkpoint.architecture(),
                checkpoint.weights().values().length,
                checkpoint.weightsSha256(),
                store.publishedAt(name, number));
    }

    LoadedModel load(String name, Checkpoint checkpoint) {
        return Objects.requireNonNull(loadTime.record(() -> new LoadedModel(served(name, checkpoint))));
    }

    private Served served(String name, Checkpoint checkpoint) {
        Weights weights = checkpoint.weights();
        return switch (checkpoint.architecture()) {
            case Architecture.OfNetwork(NetworkConfig config) ->
                new Served.OfNetwork(networks.load(name, config, weights));
            case Architecture.OfCaptioner(CaptionConfig config) ->
                new Served.OfCaptioner(Captioner.of(config, weights));
        };
    }

    /** Shows a loaded version in the metrics, until {@link #unloaded}. */
    void loaded(String name, int number, Served served) {
        long bytes = served.weightBytes();
        weightGauges.put(
                new Key(name, number),
                Gauge.builder("tidegate.model.weights", () -> bytes)
                        .description("Memory that a loaded version's weights take")
                        .baseUnit("bytes")
                        .tags(Tags.of("model", name, "version", Integer.toString(number)))
                        .register(meters));
    }

    void unloaded(String name, int number) {
        Meter gauge = weightGauges.remove(new Key(name, number));
        if (gauge != null) {
            meters.remove(gauge);
        }
    }
}
