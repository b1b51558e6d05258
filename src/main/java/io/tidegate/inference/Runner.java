package io.tidegate.inference;

import io.micrometer.core.instrument.MeterRegistry;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.platform.TidegateProperties.Batching;
import io.tidegate.platform.TidegateProperties.Limits;
import io.tidegate.registry.Lease;
import io.tidegate.registry.ModelVersion;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The one way to an engine: bounds what a run may take, runs requests together, and counts what is done. */
public final class Runner {

    private final Limits limits;
    private final Batching batching;
    private final MeterRegistry meters;
    private final Cores cores = new Cores(Runtime.getRuntime().availableProcessors());
    private final Map<ModelVersion, Statistics> statistics = new ConcurrentHashMap<>();

    public Runner(Limits limits, Batching batching, MeterRegistry meters) {
        this.limits = limits;
        this.batching = batching;
        this.meters = meters;
    }

    /**
     * Runs a batch, perhaps together with others'.
     *
     * @param states the states before; when this returns, those after
     * @throws RefusedException if too many wait, or the caller needs it no more
     */
    public Outputs run(Lease lease, Batch batch, States states, Set<Output> wanted, Caller caller) {
        ModelVersion version = lease.version();
        NetworkConfig config = version.card().config();
        requireWorkingSet(config, batch, wanted);
        Batcher batcher = lease.shared(Batcher.class, () -> batcher(lease));
        return batcher.run(batch, states, wanted, caller);
    }

    private Batcher batcher(Lease lease) {
        ModelVersion version = lease.version();
        return new Batcher(lease.network(), version.card().parameters(), batching, statistics(version), cores);
    }

    /** What a version has done since the server started. */
    public Statistics statistics(ModelVersion version) {
        return statistics.computeIfAbsent(version, v -> new Statistics(v.name(), v.number(), meters));
    }

    /** Counts what was run together elsewhere. */
    void count(ModelVersion version, int rows, long steps, long nanos) {
        Statistics of = statistics(version);
        of.ran(rows, steps, 0, nanos, 0);
        of.succeeded(rows, 0, 0, nanos, 0);
    }

    private void requireWorkingSet(NetworkConfig config, Batch batch, Set<Output> wanted) {
        long perStep = 0;
        if (wanted.contains(Output.STEP_LOGITS)) {
            perStep += (long) Float.BYTES * config.outputs();
        }
        if (wanted.contains(Output.HIDDEN)) {
            perStep += (long) Float.BYTES * config.topLayer().outputSize();
        }
        if (config.bidirectional()) { // its layers must be known whole before the next can begin
            perStep +=
                    config.layers().stream().mapToLong(LayerConfig::outputSize).sum() * Double.BYTES;
        }
        requireWorkingSet(perStep * batch.totalSteps());
    }

    /** Refuses a request whose results would take more memory than one may have. */
    public void requireWorkingSet(long bytes) {
        if (bytes > limits.maxWorkingSet().toBytes()) {
            throw new InvalidInputException(
                    "",
                    "expected a request whose results take at most "
                            + limits.maxWorkingSet().toBytes()
                            + " bytes (tidegate.limits.max-working-set), this one would take " + bytes
                            + "; send fewer or shorter sequences, or ask for less");
        }
    }
}
