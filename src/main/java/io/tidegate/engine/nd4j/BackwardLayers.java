package io.tidegate.engine.nd4j;

import io.tidegate.core.engine.Schedule;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A network's recurrent layers, run backward over batches; the counterpart of {@link ForwardLayers}. */
final class BackwardLayers implements AutoCloseable {

    private final NetworkConfig config;
    private final List<List<Backward>> layers = new ArrayList<>();

    /** @param gradient receives, added, ∂L/∂ the weights */
    BackwardLayers(NetworkConfig config, NetworkWeights weights, NetworkWeights gradient, int mostSequences) {
        this.config = config;
        for (int k = 0; k < config.layers().size(); k++) {
            List<Backward> directions = new ArrayList<>();
            for (int d = 0; d < config.layers().get(k).directions(); d++) {
                directions.add(new Backward(weights.direction(k, d), gradient.direction(k, d), d > 0, mostSequences));
            }
            layers.add(directions);
        }
    }

    /**
     * @param traces of the forward run
     * @param dTop ∂L/∂ what was read of the top layer's output, scaled here by its dropout, [rows, H·directions + 1], the last column without meaning; null where the loss
     *     depends on the final states alone
     * @param dStates ∂L/∂ the final states, and when this returns, ∂L/∂ the initial ones, [sequences, state size]
     * @return ∂L/∂x, [rows, D + 1], the last column without meaning; null for one-hot tokens
     */
    @Nullable
    INDArray run(Schedule schedule, List<LayerTrace> traces, @Nullable INDArray dTop, float[] dStates, Memory memory) {
        StateRows rows = new StateRows(schedule, config);
        INDArray dOutput = dTop;
        int end = config.stateSize();
        for (int k = layers.size() - 1; k >= 0; k--) {
            LayerConfig layer = config.layers().get(k);
            LayerTrace trace = traces.get(k);
            if (dOutput != null && trace.mask() != null) {
                dOutput.muli(trace.mask());
            }
            INDArray dx =
                    trace.input() instanceof LayerInput.Dense(INDArray x) ? memory.floats(x.size(0), x.size(1)) : null;
            end -= 2 * layer.outputSize();
            int at = end;
            for (int d = 0; d < layer.directions(); d++) {
                Backward backward = layers.get(k).get(d);
                int H = layer.hiddenSize();
                Rows half = dOutput == null ? null : Rows.of(dOutput, d * H, H);
                rows.take(dStates, at, H, (dFinal, n) -> backward.begin(dFinal, n, half != null));
                backward.run(schedule, trace.input(), trace.tapes().get(d), half, dx, d > 0);
                at = rows.put(backward.end(schedule.sequences()), H, dStates, at);
            }
            dOutput = dx;
        }
        return dOutput;
    }

    @Override
    public void close() {
        layers.forEach(directions -> directions.forEach(Backward::close));
    }
}
