package io.tidegate.core.engine;

import io.tidegate.core.cell.CellState;
import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.Network;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Trace;
import io.tidegate.core.network.Weights;
import io.tidegate.core.train.Bptt;
import java.util.ArrayList;
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

    /** Changes whenever the engine's bits do. */
    private static final int VERSION = 1;

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

    /** The JDK is in it for {@link Math}'s exp and tanh, which may differ in the last bit from one to another. */
    @Override
    public String fingerprint() {
        return "%s/%d shards=%d java=%d arch=%s"
                .formatted(NAME, VERSION, SHARDS, Runtime.version().feature(), System.getProperty("os.arch"));
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
            Readout readout = new Readout(network, batch, wanted);
            for (int b = 0; b < batch.sequences(); b++) {
                int window = config().bidirectional() ? batch.length(b) : WINDOW;
                List<CellState> state = read(states, b);
                for (int from = 0; from < batch.length(b); from += window) {
                    int to = Math.min(batch.length(b), from + window);
                    Trace trace = network.forward(batch.sequence(b, from, to), state, false);
                    readout.read(b, from, trace.top());
                    state = trace.finalStates();
                }
                write(state, states, b);
            }
            return readout.outputs();
        }

        @Override
        public Gradients backpropagate(Batch batch, States states, Objective objective, Dropout dropout) {
            batch.requireFits(config().input());
            states.requireFits(batch, config());
            Readout readout = new Readout(network, batch, objective.reads());
            Trace[] traces = new Trace[batch.sequences()];
            inShards(batch.sequences(), (shard, b) -> {
                traces[b] = network.forward(batch.sequence(b), read(states, b), true, dropout, batch.offsets()[b]);
                readout.read(b, 0, traces[b].top());
                write(traces[b].finalStates(), states, b);
            });

            Outputs upstream = objective.gradient(readout.outputs());
            float[] dFinal = objective.finalStatesGradient();

            double[][] shardGradients = new double[SHARDS][];
            float[] dInput = new float[batch.input() instanceof Batch.Input.Features f ? f.values().length : 0];
            float[] dInitial = new float[batch.sequences() * config().stateSize()];
            inShards(batch.sequences(), (shard, b) -> {
                if (shardGradients[shard] == null) {
                    shardGradients[shard] = new double[network.weights().values().length];
                }
                double[] gradient = shardGradients[shard];
                double[][] dTop = readout.backward(b, traces[b].top(), upstream, gradient);
                backward(batch, b, traces[b], dTop, dFinal, gradient, dInput, dInitial);
            });
            return new Gradients(sum(shardGradients), dInput, dInitial);
        }

        private void backward(
                Batch batch,
                int b,
                Trace trace,
                double[][] dTop,
                float[] dFinal,
                double[] gradient,
                float[] dInput,
                float[] dInitial) {
            int row = b * config().stateSize();
            List<CellState> dFinals = filled(at -> dFinal.length > 0 ? dFinal[row + at] : 0);
            Bptt.Result result = Bptt.backward(network, batch.sequence(b), trace, dTop, dFinals, gradient);
            double[][] dx = result.input();
            if (dx != null && batch.input() instanceof Batch.Input.Features features) {
                for (int t = 0; t < dx.length; t++) {
                    Floats.put(dx[t], dInput, (batch.offsets()[b] + t) * features.size());
                }
            }
            int at = row;
            for (CellState state : result.initialStates()) {
                at = Floats.put(state.h(), dInitial, at);
                at = Floats.put(state.c(), dInitial, at);
            }
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
}
