package io.tidegate.engine.nd4j;

import io.tidegate.core.engine.Schedule;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network's recurrent layers, run forward over batches: buffers and prepared operations that later batches use again. For
 * one thread at a time.
 */
final class ForwardLayers implements AutoCloseable {

    private final NetworkConfig config;
    private final int mostSequences;
    private final List<List<Forward>> layers = new ArrayList<>();
    private final List<BlockBuffer> outputs = new ArrayList<>(); // of each layer, for one block

    /** @param taped whether runs leave tapes for {@link BackwardLayers} */
    ForwardLayers(NetworkConfig config, NetworkWeights weights, boolean taped, int mostSequences) {
        this.config = config;
        this.mostSequences = mostSequences;
        for (int k = 0; k < config.layers().size(); k++) {
            List<Forward> directions = new ArrayList<>();
            for (int d = 0; d < config.layers().get(k).directions(); d++) {
                directions.add(new Forward(weights.direction(k, d), d > 0, taped, mostSequences));
            }
            layers.add(directions);
            outputs.add(new BlockBuffer(config.layers().get(k).outputSize(), true));
        }
    }

    int mostSequences() {
        return mostSequences;
    }

    void begin(Schedule schedule, States states) {
        StateRows rows = new StateRows(schedule, config);
        float[] values = rows.read(states);
        int at = 0;
        for (List<Forward> directions : layers) {
            for (Forward forward : directions) {
                at = rows.take(values, at, forward.hiddenSize(), forward::begin);
            }
        }
    }

    /** Runs one window, and leaves nothing to a backward run. The rest is as below. */
    @Nullable
    INDArray run(Schedule schedule, Schedule.Block window, LayerInput x, boolean wantsTop, Memory memory) {
        return run(schedule, window, x, wantsTop, null, new DropoutMasks(Dropout.NONE, schedule), memory);
    }

    /**
     * @param window the whole batch, where traces are wanted
     * @param x what the window's rows read
     * @param wantsTop whether the top layer's output is wanted
     * @param traces receives what each layer read and its tapes, where they are wanted
     * @param masks what a layer's output is scaled by before it is read
     * @param memory for what outlives this call
     * @return the top layer's output, [rows, H·directions + 1] with a 1 behind each row, good until the next call; null where
     *     it isn't wanted
     */
    @Nullable
    INDArray run(
            Schedule schedule,
            Schedule.Block window,
            LayerInput x,
            boolean wantsTop,
            @Nullable List<LayerTrace> traces,
            DropoutMasks masks,
            Memory memory) {
        int rows = schedule.rows(window);
        // Windows that follow one another share an output's memory; a whole batch gets its own, which backward runs
        // read.
        boolean shared = traces == null && !config.bidirectional();
        LayerInput input = x;
        for (int k = 0; k < layers.size(); k++) {
            LayerConfig layer = config.layers().get(k);
            boolean top = k == layers.size() - 1;
            INDArray output = null;
            if (!top || wantsTop) {
                output = shared ? outputs.get(k).matrix(rows) : memory.augmented(rows, layer.outputSize());
            }
            List<List<Tape>> tapes = new ArrayList<>();
            for (int d = 0; d < layer.directions(); d++) {
                Rows half = output == null
                        ? null
                        : shared ? outputs.get(k).rows() : Rows.of(output, d * layer.hiddenSize(), layer.hiddenSize());
                List<Tape> kept = traces == null ? null : new ArrayList<>();
                layers.get(k).get(d).run(schedule, window, input, half, kept, memory);
                if (kept != null) {
                    tapes.add(kept);
                }
            }
            INDArray mask = output == null ? null : masks.ofOutput(k, layer.outputSize(), memory);
            if (output != null && mask != null) {
                output.muli(mask);
            }
            if (traces != null) {
                traces.add(new LayerTrace(input, tapes, mask));
            }
            if (output == null) {
                return null;
            }
            input = new LayerInput.Dense(output);
        }
        return ((LayerInput.Dense) input).rows();
    }

    /** The states after the run. */
    void end(Schedule schedule, States states) {
        StateRows rows = new StateRows(schedule, config);
        float[] values = rows.zeros();
        int at = 0;
        for (List<Forward> directions : layers) {
            for (Forward forward : directions) {
                at = rows.put(forward.end(schedule.sequences()), forward.hiddenSize(), values, at);
            }
        }
        rows.write(values, states);
    }

    /**
     * What the head reads for whole sequences, the top layer's forward and backward end, a 1 behind each row:
     * [sequences, H·directions + 1]. After {@link #end}.
     */
    INDArray summary(int sequences, Memory memory) {
        LayerConfig top = config.topLayer();
        INDArray summary = memory.augmented(sequences, top.outputSize());
        for (int d = 0; d < top.directions(); d++) {
            Memory.block(summary, 0, sequences, d * top.hiddenSize(), top.hiddenSize())
                    .assign(layers.getLast().get(d).h(sequences));
        }
        return summary;
    }

    @Override
    public void close() {
        layers.forEach(directions -> directions.forEach(Forward::close));
        outputs.forEach(BlockBuffer::close);
    }
}
