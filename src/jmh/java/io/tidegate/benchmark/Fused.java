package io.tidegate.benchmark;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.WeightFormat;
import io.tidegate.engine.fused.SplitRuns;
import java.util.Set;

/** The product's engine, through the same calls that serve requests. */
final class Fused implements Contender {

    private final LoadedNetwork network;
    private final Batch batch;
    private final int threads;
    private final String name;
    private float[] hidden = {};

    Fused(Recurrent layer, int batch, float[] x, int threads, WeightFormat format) {
        this.network = SplitRuns.load(layer.config(), layer.weights(), format, threads);
        this.batch = Batch.uniform(new Batch.Input.Features(x, layer.inputSize()), batch);
        this.threads = threads;
        this.name = format == WeightFormat.FLOAT32 ? "fused" : "fused-" + format;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void run() {
        Outputs outputs =
                SplitRuns.run(network, batch, network.zeroStates(batch.sequences()), Set.of(Output.HIDDEN), threads);
        hidden = outputs.hidden();
    }

    @Override
    public float[] hidden() {
        return hidden;
    }

    @Override
    public void close() {
        network.close();
    }
}
