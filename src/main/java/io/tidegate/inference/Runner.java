package io.tidegate.inference;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.platform.TidegateProperties.Limits;
import io.tidegate.registry.Lease;
import io.tidegate.registry.ModelVersion;
import java.util.Set;

/** The one way to an engine: bounds what a run may take, and counts what it does. */
public final class Runner {

    private final Limits limits;
    private final MeterRegistry meters;

    public Runner(Limits limits, MeterRegistry meters) {
        this.limits = limits;
        this.meters = meters;
    }

    /** @param states the states before; when this returns, those after */
    public Outputs run(Lease lease, Batch batch, States states, Set<Output> wanted) {
        NetworkConfig config = lease.version().card().config();
        requireWorkingSet(config, batch, wanted);
        Outputs outputs = lease.network().run(batch, states, wanted);
        count(lease.version(), batch.sequences(), batch.totalSteps());
        return outputs;
    }

    /** Counts what was run together. */
    void count(ModelVersion version, int rows, long steps) {
        String model = version.name();
        DistributionSummary.builder("tidegate.batch.rows")
                .description("Sequences that were run together")
                .tag("model", model)
                .register(meters)
                .record(rows);
        Counter.builder("tidegate.steps")
                .description("Steps computed, over all sequences")
                .tag("model", model)
                .register(meters)
                .increment((double) steps);
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
