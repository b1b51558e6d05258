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
    private final boolean bySequences;
    private float[] hidden = {};

    Fused(Recurrent layer, int batch, float[] x, int threads, WeightFormat format) {
        this.network = SplitRuns.load(layer.config(), layer.weights(), format, threads);
        SplitRuns.learnAbreast(network);
        this.batch = Batch.uniform(new Batch.Input.Features(x, layer.inputSize()), batch);
        this.threads = threads;
        this.name = format == WeightFormat.FLOAT32 ? "fused" : "fused-" + format;
        this.bySequences = threads > 1 && batch >= 2 * threads && isFasterBySequences();
    }

    /** As a served network's plan finds out. */
    private boolean isFasterBySequences() {
        long[] best = {Long.MAX_VALUE, Long.MAX_VALUE};
        for (int n = 0; n < 100; n++) {
            long began = System.nanoTime();
            run(n % 2 == 1);
            best[n % 2] = Math.min(best[n % 2], System.nanoTime() - began);
        }
        return best[1] < best[0];
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void run() {
        run(bySequences);
    }

    private void run(boolean split) {
        Outputs outputs = SplitRuns.run(
                network, batch, network.zeroStates(batch.sequences()), Set.of(Output.HIDDEN), threads, split);
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
