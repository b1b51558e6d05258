package io.tidegate.benchmark;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.Output;
import io.tidegate.engine.nd4j.Nd4jEngine;
import java.util.Set;

/** The product's engine on ND4J, on one thread. */
final class Nd4j implements Contender {

    private final LoadedNetwork network;
    private final Batch batch;
    private float[] hidden = {};

    Nd4j(Recurrent layer, int batch, float[] x) {
        this.network = Nd4jEngine.create().load(layer.config(), layer.weights());
        this.batch = Batch.uniform(new Batch.Input.Features(x, layer.inputSize()), batch);
    }

    @Override
    public String name() {
        return "nd4j";
    }

    @Override
    public void run() {
        hidden = network.run(batch, network.zeroStates(batch.sequences()), Set.of(Output.HIDDEN))
                .hidden();
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
