package io.tidegate.core.engine;

import io.tidegate.core.cell.CellState;
import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.Network;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.SequenceInput;
import io.tidegate.core.network.Trace;
import io.tidegate.core.network.Weights;
import io.tidegate.core.train.Bptt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.IntToDoubleFunction;

/**
 * Plain loops in double, a sequence at a time: the specification every other engine is tested against. Nothing in it depends
 * on batch-mates, so a sequence's result is the same bit for bit in any batch, and in any split of its steps.
 */
public final class ReferenceEngine implements Engine {

    public static final String NAME = "reference";

    /** Fixed, and not the number of threads: the sum over a batch has the same order, and so the same bits, on any machine. */
    private static final int SHARDS = 8;

    /** A network that reads forward only runs in windows, so that memory doesn't grow with a sequence's length. */
    private static final int WINDOW = 256;

    private final Executor executor;

    /** @param executor where a training batch's shards run; inference stays on the caller's thread */
    public ReferenceEngine(Executor executor) {
        this.executor = executor;
    }

    /** An engine that does everything on the caller's thread. */
    public ReferenceEngine() {
        this(Runnable::run);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public LoadedNetwork load(NetworkConfig config, Weights weights) {
        return new Loaded(new Network(config, weights));
    }

    private final class Loaded implements LoadedNetwork {

        private Network network;

        Loaded(Network network) {
            this.network = network;
        }

        @Override
        public NetworkConfig config() {
            return network.config();
        }

        @Override
        public States.Precision precision() {
            return States.Precision.FLOAT64;
        }

        @Override
        public long weightBytes() {
            return 2L * Double.BYTES * network.weights().values().length; // each matrix and its transpose
        }

        @Override
        public Outputs run(Batch batch, States states, Set<Output> wanted) {
            batch.requireFits(config().input());
            states.requireFits(batch, config());
            Outputs outputs = allocate(batch, wanted);
            for (int b = 0; b < batch.sequences(); b++) {
                int window = config().bidirectional() ? batch.length(b) : WINDOW;
                List<CellState> state = read(states, b);
                for (int from = 0; from < batch.length(b); from += window) {
                    int to = Math.min(batch.length(b), from + window);
                    Trace trace = network.forward(sequence(batch, b, from, to), state, false);
                    write(trace.top(), batch, b, from, wanted, outputs);
                    state = trace.finalStates();
                }
                write(state, states, b);
            }
            return outputs;
        }

        @Override
        public Gradients backpropagate(Batch batch, States states, Objective objective, Dropout dropout) {
            batch.requireFits(config().input());
            states.requireFits(batch, config());
            Set<Output> reads = objective.reads();
            Outputs outputs = allocate(batch, reads);
            Trace[] traces = new Trace[batch.sequences()];
            inShards(batch.sequences(), (shard, b) -> {
                SequenceInput x = sequence(batch, b, 0, batch.length(b));
                traces[b] = network.forward(x, read(states, b), true, dropout, batch.offsets()[b]);
                write(traces[b].top(), batch, b, 0, reads, outputs);
                write(traces[b].finalStates(), states, b);
            });

            Outputs upstream = objective.gradient(outputs);
            float[] dFinal = objective.finalStatesGradient();

            double[][] shardGradients = new double[SHARDS][];
            float[] dInput = new float[batch.input() instanceof Batch.Input.Features f ? f.values().length : 0];
            float[] dInitial = new float[batch.sequences() * config().stateSize()];
            inShards(batch.sequences(), (shard, b) -> {
                if (shardGradients[shard] == null) {
                    shardGradients[shard] = new double[network.weights().values().length];
                }
                backward(batch, b, traces[b], upstream, dFinal, shardGradients[shard], dInput, dInitial);
            });
            return new Gradients(sum(shardGradients), dInput, dInitial);
        }

        private void backward(
                Batch batch,
                int b,
                Trace trace,
                Outputs upstream,
                float[] dFinal,
                double[] gradient,
                float[] dInput,
                float[] dInitial) {
            SequenceInput x = sequence(batch, b, 0, batch.length(b));
            double[][] dTop = dTop(batch, b, trace.top(), upstream, gradient);
            int row = b * config().stateSize();
            List<CellState> dFinals = filled(at -> dFinal.length > 0 ? dFinal[row + at] : 0);
            Bptt.Result result = Bptt.backward(network, x, trace, dTop, dFinals, gradient);
            double[][] dx = result.input();
            if (dx != null && batch.input() instanceof Batch.Input.Features features) {
                for (int t = 0; t < dx.length; t++) {
                    toFloats(dx[t], dInput, (batch.offsets()[b] + t) * features.size());
                }
            }
            int at = row;
            for (CellState state : result.initialStates()) {
                at = toFloats(state.h(), dInitial, at);
                at = toFloats(state.c(), dInitial, at);
            }
        }

        /** ∂L/∂ the top layer's output: what came for it directly, and what comes through the head. */
        private double[][] dTop(Batch batch, int b, double[][] top, Outputs upstream, double[] gradient) {
            int size = config().topLayer().outputSize(), K = config().outputs();
            double[][] dTop = new double[top.length][size];
            for (int t = 0; t < top.length; t++) {
                int step = batch.offsets()[b] + t;
                if (upstream.hidden().length > 0) {
                    dTop[t] = doubles(upstream.hidden(), step * size, size);
                }
                if (upstream.stepLogits().length > 0) {
                    double[] dLogits = doubles(upstream.stepLogits(), step * K, K);
                    Bptt.backwardHead(network, top[t], dLogits, dTop[t], gradient);
                }
            }
            if (upstream.logits().length > 0) {
                double[] dLogits = doubles(upstream.logits(), b * K, K);
                double[] dSummary = new double[size];
                Bptt.backwardHead(network, Network.summary(config(), top), dLogits, dSummary, gradient);
                int forward = config().topLayer().hiddenSize();
                for (int j = 0; j < size; j++) {
                    dTop[j < forward ? top.length - 1 : 0][j] += dSummary[j];
                }
            }
            return dTop;
        }

        private Outputs allocate(Batch batch, Set<Output> wanted) {
            int K = config().outputs();
            return new Outputs(
                    new float[wanted.contains(Output.LOGITS) ? batch.sequences() * K : 0],
                    new float[wanted.contains(Output.STEP_LOGITS) ? Math.multiplyExact(batch.totalSteps(), K) : 0],
                    new float
                            [wanted.contains(Output.HIDDEN)
                                    ? Math.multiplyExact(
                                            batch.totalSteps(),
                                            config().topLayer().outputSize())
                                    : 0]);
        }

        /** @param from the sequence's step at which {@code top} begins */
        private void write(double[][] top, Batch batch, int b, int from, Set<Output> wanted, Outputs outputs) {
            int first = batch.offsets()[b] + from;
            if (wanted.contains(Output.HIDDEN)) {
                for (int t = 0; t < top.length; t++) {
                    toFloats(top[t], outputs.hidden(), (first + t) * top[t].length);
                }
            }
            if (wanted.contains(Output.STEP_LOGITS)) {
                for (int t = 0; t < top.length; t++) {
                    toFloats(network.logits(top[t]), outputs.stepLogits(), (first + t) * config().outputs());
                }
            }
            if (wanted.contains(Output.LOGITS) && from + top.length == batch.length(b)) {
                double[] logits = network.logits(Network.summary(config(), top));
                toFloats(logits, outputs.logits(), b * config().outputs());
            }
        }

        private SequenceInput sequence(Batch batch, int b, int from, int to) {
            int first = batch.offsets()[b] + from, steps = to - from;
            return switch (batch.input()) {
                case Batch.Input.Tokens(int[] ids) ->
                    new SequenceInput.OneHot(Arrays.copyOfRange(ids, first, first + steps));
                case Batch.Input.Features(float[] values, int size) -> {
                    double[][] x = new double[steps][];
                    for (int t = 0; t < steps; t++) {
                        x[t] = doubles(values, (first + t) * size, size);
                    }
                    yield new SequenceInput.Features(x);
                }
            };
        }

        private List<CellState> read(States states, int row) {
            return filled(at -> states.get(row, at));
        }

        /** A state for each direction of each layer, from the numbers of a row of {@link States} in their order. */
        private List<CellState> filled(IntToDoubleFunction row) {
            List<CellState> filled = network.zeroStates();
            int at = 0;
            for (CellState state : filled) {
                for (double[] part : List.of(state.h(), state.c())) {
                    for (int j = 0; j < part.length; j++) {
                        part[j] = row.applyAsDouble(at++);
                    }
                }
            }
            return filled;
        }

        private static void write(List<CellState> from, States states, int row) {
            int at = 0;
            for (CellState state : from) {
                for (double h : state.h()) {
                    states.set(row, at++, h);
                }
                for (double c : state.c()) {
                    states.set(row, at++, c);
                }
            }
        }

        @Override
        public void update(Weights weights) {
            network = new Network(config(), weights);
        }

        @Override
        public void close() {}
    }

    @FunctionalInterface
    private interface ShardAction {
        void accept(int shard, int sequence);
    }

    /** Runs an action for each sequence of a batch; sequences of one shard run in order, on one thread. */
    private void inShards(int sequences, ShardAction action) {
        List<CompletableFuture<Void>> running = new ArrayList<>();
        for (int shard = 0; shard < SHARDS; shard++) {
            int each = shard, from = shard * sequences / SHARDS, to = (shard + 1) * sequences / SHARDS;
            if (from < to) {
                running.add(CompletableFuture.runAsync(
                        () -> {
                            for (int b = from; b < to; b++) {
                                action.accept(each, b);
                            }
                        },
                        executor));
            }
        }
        running.forEach(CompletableFuture::join);
    }

    private static double[] sum(double[][] shards) {
        double[] sum = {};
        for (double[] shard : shards) {
            if (sum.length == 0) {
                sum = shard == null ? sum : shard;
            } else if (shard != null) {
                for (int k = 0; k < sum.length; k++) {
                    sum[k] += shard[k];
                }
            }
        }
        return sum;
    }

    private static double[] doubles(float[] values, int from, int size) {
        double[] copy = new double[size];
        for (int k = 0; k < size; k++) {
            copy[k] = values[from + k];
        }
        return copy;
    }

    private static int toFloats(double[] values, float[] into, int at) {
        for (int k = 0; k < values.length; k++) {
            into[at + k] = (float) values[k];
        }
        return at + values.length;
    }
}
