package io.tidegate.core.network;

import io.tidegate.core.cell.CellState;
import io.tidegate.core.cell.Matrix;
import io.tidegate.core.cell.Tape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Embedding → stacked, one- or two-way layers → linear head, one sequence at a time in double precision: the specification
 * that every engine is tested against. Immutable, and so shared by threads, unless a trainer changes the weights beneath it;
 * then a new one is made.
 */
public final class Network {

    private final NetworkConfig config;
    private final Weights weights;
    private final List<List<Direction>> layers = new ArrayList<>();
    private final Matrix head; // [K, H·directions]

    public Network(NetworkConfig config, Weights weights) {
        this.config = config;
        this.weights = weights;
        for (int k = 0; k < config.layers().size(); k++) {
            LayerConfig layer = config.layers().get(k);
            List<Direction> directions = new ArrayList<>();
            for (String suffix : ParameterLayout.suffixes(k, layer)) {
                directions.add(new Direction(layer, weights, suffix, !directions.isEmpty()));
            }
            layers.add(directions);
        }
        TensorSpec spec = weights.layout().tensor("head.weight");
        this.head = new Matrix(weights.values(), spec.offset(), config.outputs(), spec.columns());
    }

    public NetworkConfig config() {
        return config;
    }

    public Weights weights() {
        return weights;
    }

    public Direction direction(int layer, int direction) {
        return layers.get(layer).get(direction);
    }

    /** The head's weights, [K, H·directions]. */
    public Matrix head() {
        return head;
    }

    /** A zero state for each direction of each layer, in the order {@code _l0, _l0_reverse, _l1 …}. */
    public List<CellState> zeroStates() {
        List<CellState> states = new ArrayList<>();
        for (LayerConfig layer : config.layers()) {
            for (int d = 0; d < layer.directions(); d++) {
                states.add(CellState.zero(layer.hiddenSize()));
            }
        }
        return states;
    }

    /** The sequence as the first layer reads it: features and one-hot tokens as they are, others by their embeddings. */
    public SequenceInput embed(SequenceInput x) {
        if (x instanceof SequenceInput.OneHot(int[] ids)
                && config.input() instanceof InputConfig.Tokens(int vocabulary, int size)
                && size > 0) {
            int offset = weights.layout().tensor("embedding.weight").offset();
            double[][] embedded = new double[ids.length][size];
            for (int t = 0; t < ids.length; t++) {
                System.arraycopy(weights.values(), offset + ids[t] * size, embedded[t], 0, size);
            }
            return new SequenceInput.Features(embedded);
        }
        return x;
    }

    /**
     * Runs the recurrent layers over one sequence.
     *
     * @param initial one state for each direction of each layer
     * @param keepTapes whether to keep what a backward pass or an inspection needs: about 12 H numbers a step and direction
     */
    public Trace forward(SequenceInput x, List<CellState> initial, boolean keepTapes) {
        return forward(x, initial, keepTapes, Dropout.NONE, 0);
    }

    /**
     * The same in training.
     *
     * @param firstRow dropout's row for the sequence's first step
     */
    public Trace forward(SequenceInput x, List<CellState> initial, boolean keepTapes, Dropout dropout, int firstRow) {
        List<Trace.LayerTrace> traces = new ArrayList<>();
        List<CellState> finals = new ArrayList<>();
        SequenceInput input = embed(x);
        double[][] output = {};
        for (int k = 0; k < layers.size(); k++) {
            LayerConfig layer = config.layers().get(k);
            output = new double[x.steps()][layer.outputSize()];
            List<Tape[]> tapes = new ArrayList<>();
            for (int d = 0; d < layer.directions(); d++) {
                @Nullable Tape @Nullable [] kept = keepTapes ? new Tape[x.steps()] : null;
                CellState from = initial.get(finals.size());
                finals.add(direction(k, d).forward(input, from, output, d * layer.hiddenSize(), kept));
                if (kept != null) {
                    tapes.add(kept);
                }
            }
            traces.add(new Trace.LayerTrace(input, tapes));
            output = dropout.scaled(k, firstRow, output);
            input = new SequenceInput.Features(output);
        }
        return new Trace(traces, output, finals, dropout, firstRow);
    }

    /**
     * What the head reads for the whole sequence, [H·directions]: the top layer's forward end and, beside it, its backward
     * end, which is at step 0.
     */
    public static double[] summary(NetworkConfig config, double[][] top) {
        double[] summary = top[top.length - 1].clone();
        if (config.topLayer().bidirectional()) {
            int hidden = config.topLayer().hiddenSize();
            System.arraycopy(top[0], hidden, summary, hidden, hidden);
        }
        return summary;
    }

    /** The head's output, [K], for what the top layer gave. */
    public double[] logits(double[] hidden) {
        double[] logits = weights.tensor("head.bias");
        head.addProduct(hidden, logits);
        return logits;
    }
}
