package io.tidegate.core.train;

import io.tidegate.core.cell.CellState;
import io.tidegate.core.network.Direction;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.Network;
import io.tidegate.core.network.SequenceInput;
import io.tidegate.core.network.Trace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Back-propagation through time: the gradient of a loss over one sequence, from a {@link Trace} that kept its tapes. */
public final class Bptt {

    /**
     * @param input ∂L/∂x, [steps][features]; null for tokens
     * @param initialStates ∂L/∂ the initial state of each direction of each layer
     */
    public record Result(double @Nullable [][] input, List<CellState> initialStates) {}

    private Bptt() {}

    /** Chooses who sees which direction's backward pass. */
    @FunctionalInterface
    public interface Observers {
        Direction.Observer of(int layer, int direction);
    }

    /** {@link #backward(Network, SequenceInput, Trace, double[][], List, double[], Observers)} with nobody watching. */
    public static Result backward(
            Network network, SequenceInput x, Trace trace, double[][] dTop, List<CellState> dFinal, double[] gradient) {
        return backward(network, x, trace, dTop, dFinal, gradient, (layer, direction) -> Direction.Observer.NONE);
    }

    /**
     * @param dTop ∂L/∂ the trace's {@code top}, [steps][H·directions]
     * @param dFinal ∂L/∂ the final state of each direction of each layer
     * @param gradient receives, added, ∂L/∂ the recurrent and embedding weights
     */
    public static Result backward(
            Network network,
            SequenceInput x,
            Trace trace,
            double[][] dTop,
            List<CellState> dFinal,
            double[] gradient,
            Observers observers) {
        List<CellState> dInitial = new ArrayList<>(Collections.nCopies(dFinal.size(), CellState.zero(0)));
        int state = dFinal.size();
        double[][] dRead = dTop;
        double @Nullable [][] dx = null;
        for (int k = trace.layers().size() - 1; k >= 0; k--) {
            LayerConfig layer = network.config().layers().get(k);
            Trace.LayerTrace layerTrace = trace.layers().get(k);
            double[][] dOutput = trace.throughDropout(k, dRead);
            dx = layerTrace.input() instanceof SequenceInput.Features
                    ? new double[x.steps()][network.config().inputSize(k)]
                    : null;
            state -= layer.directions();
            for (int d = 0; d < layer.directions(); d++) {
                CellState before = network.direction(k, d)
                        .backward(
                                layerTrace.input(),
                                layerTrace.tapes().get(d),
                                dOutput,
                                d * layer.hiddenSize(),
                                dFinal.get(state + d),
                                gradient,
                                dx,
                                observers.of(k, d));
                dInitial.set(state + d, before);
            }
            if (dx != null) {
                dRead = dx;
            }
        }
        if (x instanceof SequenceInput.OneHot(int[] ids) && dx != null) {
            addEmbeddingGradient(network, ids, dx, gradient);
            return new Result(null, dInitial);
        }
        return new Result(dx, dInitial);
    }

    /**
     * Passes ∂L/∂ the head's output back to its weights and to what it read.
     *
     * @param hidden what the head read, [H·directions]
     * @param dLogits ∂L/∂ the head's output, [K]
     * @param dHidden receives, added, ∂L/∂hidden
     * @param gradient receives, added, ∂L/∂ the head's weights
     */
    public static void backwardHead(
            Network network, double[] hidden, double[] dLogits, double[] dHidden, double[] gradient) {
        network.head().addTransposedProduct(dLogits, dHidden);
        network.head().addGradient(new double[][] {dLogits}, new double[][] {hidden}, gradient);
        int bias = network.weights().layout().tensor("head.bias").offset();
        for (int k = 0; k < dLogits.length; k++) {
            gradient[bias + k] += dLogits[k];
        }
    }

    private static void addEmbeddingGradient(Network network, int[] ids, double[][] dx, double[] gradient) {
        int size = ((InputConfig.Tokens) network.config().input()).embeddingSize();
        int offset = network.weights().layout().tensor("embedding.weight").offset();
        for (int t = 0; t < ids.length; t++) {
            for (int k = 0; k < size; k++) {
                gradient[offset + ids[t] * size + k] += dx[t][k];
            }
        }
    }
}
