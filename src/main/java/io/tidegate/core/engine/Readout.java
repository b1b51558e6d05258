package io.tidegate.core.engine;

import io.tidegate.core.network.Network;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.train.Bptt;
import java.util.Set;

/**
 * The linear head over one batch, a sequence at a time in double: gathers what is wanted of the outputs, and passes their
 * gradient back. Threads may share it if they work on different sequences.
 */
public final class Readout {

    private final Network network;
    private final Batch batch;
    private final Set<Output> wanted;
    private final int K;
    private final int size; // H·directions
    private final Outputs outputs;

    public Readout(Network network, Batch batch, Set<Output> wanted) {
        NetworkConfig config = network.config();
        this.network = network;
        this.batch = batch;
        this.wanted = wanted;
        this.K = config.outputs();
        this.size = config.topLayer().outputSize();
        this.outputs = Outputs.zeros(config, batch, wanted);
    }

    /**
     * @param from the sequence's step at which {@code top} begins
     * @param top the top layer's output, [steps][H·directions]
     */
    public void read(int sequence, int from, double[][] top) {
        int first = batch.offsets()[sequence] + from;
        for (int t = 0; t < top.length; t++) {
            if (wanted.contains(Output.HIDDEN)) {
                Floats.put(top[t], outputs.hidden(), (first + t) * size);
            }
            if (wanted.contains(Output.STEP_LOGITS)) {
                Floats.put(network.logits(top[t]), outputs.stepLogits(), (first + t) * K);
            }
        }
        if (wanted.contains(Output.LOGITS) && from + top.length == batch.length(sequence)) {
            double[] logits = network.logits(Network.summary(network.config(), top));
            Floats.put(logits, outputs.logits(), sequence * K);
        }
    }

    public Outputs outputs() {
        return outputs;
    }

    /**
     * ∂L/∂ the top layer's output over one sequence, [steps][H·directions]: what came for it directly, and what comes through
     * the head.
     *
     * @param top what was read of the whole sequence
     * @param upstream ∂L/∂ {@link #outputs}
     * @param gradient receives, added, ∂L/∂ the head's weights
     */
    public double[][] backward(int sequence, double[][] top, Outputs upstream, double[] gradient) {
        double[][] dTop = new double[top.length][size];
        for (int t = 0; t < top.length; t++) {
            int step = batch.offsets()[sequence] + t;
            if (upstream.hidden().length > 0) {
                dTop[t] = Floats.doubles(upstream.hidden(), step * size, size);
            }
            if (upstream.stepLogits().length > 0) {
                double[] dLogits = Floats.doubles(upstream.stepLogits(), step * K, K);
                Bptt.backwardHead(network, top[t], dLogits, dTop[t], gradient);
            }
        }
        if (upstream.logits().length > 0) {
            double[] dLogits = Floats.doubles(upstream.logits(), sequence * K, K);
            double[] dSummary = new double[size];
            Bptt.backwardHead(network, Network.summary(network.config(), top), dLogits, dSummary, gradient);
            int forward = network.config().topLayer().hiddenSize();
            for (int j = 0; j < size; j++) {
                dTop[j < forward ? top.length - 1 : 0][j] += dSummary[j];
            }
        }
        return dTop;
    }
}
