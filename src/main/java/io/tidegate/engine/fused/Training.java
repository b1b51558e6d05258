package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.GATE;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Gradients;
import io.tidegate.core.engine.Objective;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.Schedule;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.ParameterLayout;
import io.tidegate.core.network.TensorSpec;
import io.tidegate.core.network.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Back-propagation through time over whole batches. Forward and back, each shard of the sequences is a thread's; then the weights'
 * gradients are summed over all rows, each panel by one thread in the rows' order. So no bit depends on how many threads there
 * are. For one thread at a time.
 */
final class Training implements AutoCloseable {

    /** Rows of which the inputs, at most this many bytes, stay in the second-level cache while all panels pass over them. */
    private static final int RUN_BYTES = 192 << 10;

    private static final float[] NONE = {};

    private final NetworkPanels panels;
    private final NetworkConfig config;
    private final ParameterLayout layout;
    private final Shards shards;
    private final OffHeap memory = new OffHeap();
    private final List<List<DirectionTraining>> layers = new ArrayList<>();
    private final HeadTraining head;
    private final double[] gradient;
    private @Nullable Buffers buffers;

    Training(NetworkPanels panels, Weights weights, Shards shards) {
        this.panels = panels;
        this.config = panels.config();
        this.layout = weights.layout();
        this.shards = shards;
        this.gradient = new double[layout.size()];
        for (int k = 0; k < config.layers().size(); k++) {
            int inputSize = config.inputSize(k);
            layers.add(panels.layer(k).stream()
                    .map(w -> new DirectionTraining(memory, w, inputSize))
                    .toList());
        }
        this.head = new HeadTraining(memory, panels.head());
        packing(weights).forEach(Runnable::run);
    }

    /** What has to be done for changed weights, in tasks that may run side by side. */
    private List<Runnable> packing(Weights weights) {
        List<Runnable> tasks = new ArrayList<>();
        layers.forEach(directions -> directions.forEach(direction -> direction.packing(weights, tasks)));
        tasks.add(() -> head.pack(weights));
        return tasks;
    }

    /** Takes over changed weights, forward and back. */
    void update(Weights weights) {
        List<Runnable> tasks = panels.packing(weights);
        tasks.addAll(packing(weights));
        shards.each(shard -> {
            for (int n = shard; n < tasks.size(); n += shards.count()) {
                tasks.get(n).run();
            }
        });
    }

    /** Room for a batch's rows; kept for the next batch, unless that is larger. */
    private final class Buffers implements AutoCloseable {

        private final int rows, sequences;
        private final OffHeap memory = new OffHeap();
        private final long[] outputs = new long[layers.size()], gradients = new long[layers.size()];
        private final long[] masks = new long[layers.size()]; // made by the first dropout
        private final long input, inputGradient, mirrored, mirroredGradient, logits, summary, summaryGradient;
        private final int[] tokens, mirroredTokens;

        Buffers(int rows, int sequences) {
            this.rows = rows;
            this.sequences = sequences;
            long widest = 0;
            for (int k = 0; k < layers.size(); k++) {
                for (DirectionTraining direction : layers.get(k)) {
                    direction.allocate(memory, rows, sequences);
                }
                widest = Math.max(widest, rowBytes(k - 1));
                outputs[k] = memory.bytes(rows * rowBytes(k));
                gradients[k] = memory.bytes(rows * rowBytes(k));
            }
            boolean twoWay = config.bidirectional(), oneHot = panels.oneHot();
            this.input = memory.bytes(oneHot ? 0 : rows * rowBytes(-1));
            this.inputGradient = memory.bytes(oneHot ? 0 : rows * rowBytes(-1));
            this.mirrored = memory.bytes(twoWay ? rows * widest : 0);
            this.mirroredGradient = memory.bytes(twoWay ? rows * Math.max(widest, rowBytes(layers.size() - 1)) : 0);
            this.tokens = new int[oneHot ? rows : 0];
            this.mirroredTokens = new int[oneHot && twoWay ? rows : 0];
            this.logits = memory.bytes((long) panels.head().blocks() * rows * GATE);
            this.summary = memory.bytes(sequences * rowBytes(layers.size() - 1));
            this.summaryGradient = memory.bytes(sequences * rowBytes(layers.size() - 1));
        }

        @Override
        public void close() {
            memory.close();
        }
    }

    /** Bytes of a row of a layer's output, or of the first layer's input for −1: whole panels of 64. */
    private long rowBytes(int layer) {
        int size = layer < 0 ? config.inputSize(0) : config.layers().get(layer).outputSize();
        return (long) Columns.wide(size) * Lanes.PANEL;
    }

    private Buffers buffers(int rows, int sequences) {
        if (buffers == null || buffers.rows < rows || buffers.sequences < sequences) {
            int most = buffers == null ? 0 : buffers.sequences;
            if (buffers != null) {
                buffers.close();
                buffers = null;
            }
            buffers = new Buffers(rows + rows / 16, Math.max(most, sequences));
        }
        return buffers;
    }

    /**
     * @param first whether the weights' gradients begin with this batch, or are added to those before
     * @param last whether they are wanted now
     */
    Gradients backpropagate(
            Batch batch, States states, Objective objective, Dropout dropout, boolean first, boolean last) {
        TrainingSchedule schedule = new TrainingSchedule(new Schedule(batch), shards.count());
        return new Pass(batch, schedule, buffers(batch.totalSteps(), batch.sequences()), dropout, first, last)
                .run(states, objective);
    }

    /** One batch forward and back. */
    private final class Pass {

        private final Batch batch;
        private final TrainingSchedule schedule;
        private final Schedule order;
        private final Buffers b;
        private final Dropout dropout;
        private final boolean first, last;
        private boolean inputWanted;
        private final LayerRows[] inputs = new LayerRows[layers.size()];
        private final LayerRows[] outputs = new LayerRows[layers.size()];

        Pass(Batch batch, TrainingSchedule schedule, Buffers buffers, Dropout dropout, boolean first, boolean last) {
            this.batch = batch;
            this.schedule = schedule;
            this.order = schedule.schedule();
            this.b = buffers;
            this.dropout = dropout;
            this.first = first;
            this.last = last;
            for (int k = 0; k < layers.size() && !dropout.isNone(); k++) {
                b.masks[k] = b.masks[k] != 0 ? b.masks[k] : b.memory.bytes(b.rows * rowBytes(k));
            }
        }

        Gradients run(States states, Objective objective) {
            begin(states);
            for (int k = 0; k < layers.size(); k++) {
                forward(k);
            }
            end(states);
            Outputs outputs = readout(objective);

            Outputs upstream = objective.gradient(outputs);
            float[] dFinal = objective.finalStatesGradient();

            inputWanted = objective.wantsInputGradient();
            double[] gradient = Training.this.gradient;
            if (first && panels.embeddingSize() > 0) { // the only part that is added to
                TensorSpec embedding = layout.tensor("embedding.weight");
                Arrays.fill(gradient, embedding.offset(), embedding.offset() + embedding.size(), 0);
            }
            readoutGradient(upstream, gradient);
            float[] dInitial = new float[schedule.sequences() * config.stateSize()];
            int at = config.stateSize();
            for (int k = layers.size() - 1; k >= 0; k--) {
                at -= 2 * config.layers().get(k).outputSize();
                backward(k, dFinal, dInitial, at, gradient);
            }
            return new Gradients(gradient, inputGradient(gradient), dInitial);
        }

        // --- Forward

        private void begin(States states) {
            int at = 0;
            for (List<DirectionTraining> directions : layers) {
                for (DirectionTraining direction : directions) {
                    direction.begin(schedule, states, at);
                    at += 2 * direction.hiddenSize();
                }
            }
            boolean oneHot = panels.oneHot();
            inputs[0] = oneHot ? LayerRows.of(b.tokens) : LayerRows.of(b.input, rowBytes(-1));
            int size = config.inputSize(0), row = 0;
            for (int t = 0; t < order.steps(); t++) {
                for (int s = 0; s < order.active(t); s++, row++) {
                    int step = order.step(s, t);
                    switch (batch.input()) {
                        case Batch.Input.Features(float[] values, int features) ->
                            Lanes.copy(values, step * features, inputs[0].row(row), features);
                        case Batch.Input.Tokens(int[] ids) -> {
                            if (oneHot) {
                                b.tokens[row] = ids[step];
                            } else {
                                Lanes.copy(panels.embedding(ids[step]), inputs[0].row(row), 4L * size);
                            }
                        }
                    }
                }
            }
        }

        private void forward(int k) {
            List<DirectionTraining> directions = layers.get(k);
            LayerRows x = k == 0 ? inputs[0] : outputs[k - 1];
            inputs[k] = x;
            for (int d = 0; d < directions.size(); d++) {
                DirectionTraining direction = directions.get(d);
                LayerRows read = d == 0 ? x : mirrored(k, x);
                shards.each(shard -> direction.forward(schedule, shard, read));
            }
            DirectionTraining only = directions.getFirst();
            if (directions.size() == 1 && dropout.isNone()) {
                outputs[k] = LayerRows.of(only.hidden(schedule), only.stateRow());
            } else {
                outputs[k] = LayerRows.of(b.outputs[k], rowBytes(k));
                shards.each(shard -> gather(k, shard));
            }
        }

        /** A layer's input in the order in which its backward direction reads it. One layer's at a time. */
        private LayerRows mirrored(int k, LayerRows x) {
            int[] tokens = x.tokens();
            LayerRows to = tokens != null
                    ? LayerRows.of(b.mirroredTokens)
                    : LayerRows.of(b.mirrored, 4L * config.inputSize(k));
            for (int t = 0; t < order.steps(); t++) {
                for (int s = 0; s < order.active(t); s++) {
                    int row = order.row(t) + s, other = opposite(s, t);
                    if (tokens != null) {
                        b.mirroredTokens[row] = tokens[other];
                    } else {
                        Lanes.copy(x.row(other), to.row(row), 4L * config.inputSize(k));
                    }
                }
            }
            return to;
        }

        /** The row of step n − 1 − t, of a sequence of n. */
        private int opposite(int s, int t) {
            return order.row(order.length(s) - 1 - t) + s;
        }

        /** What the next layer or the head reads: both directions side by side, dropped out. */
        private void gather(int k, int shard) {
            int H = config.layers().get(k).hiddenSize();
            for (int t = 0; t < order.steps(); t++) {
                for (int r = 0; r < schedule.active(shard, t); r++) {
                    int s = schedule.first(shard) + r, row = order.row(t) + s;
                    for (int d = 0; d < layers.get(k).size(); d++) {
                        DirectionTraining direction = layers.get(k).get(d);
                        long h = direction.hidden(schedule)
                                + (long) (d == 0 ? row : opposite(s, t)) * direction.stateRow();
                        Lanes.copy(h, outputs[k].row(row) + 4L * d * H, 4L * H);
                    }
                    if (!dropout.isNone()) {
                        mask(k, row, order.step(s, t));
                        BackwardGates.scale(outputs[k].row(row), maskRow(k, row), Math.toIntExact(rowBytes(k) / 4));
                    }
                }
            }
        }

        private long maskRow(int k, int row) {
            return b.masks[k] + row * rowBytes(k);
        }

        private void mask(int k, int row, int step) {
            double[] factors = dropout.factors(k, step, config.layers().get(k).outputSize());
            for (int j = 0; j < factors.length; j++) {
                Lanes.set(maskRow(k, row) + 4L * j, (float) factors[j]);
            }
        }

        private void end(States states) {
            int at = 0;
            for (List<DirectionTraining> directions : layers) {
                for (DirectionTraining direction : directions) {
                    direction.end(schedule, states, at);
                    at += 2 * direction.hiddenSize();
                }
            }
        }

        // --- The head

        private Outputs readout(Objective objective) {
            boolean ends = objective.reads().contains(Output.LOGITS),
                    steps = objective.reads().contains(Output.STEP_LOGITS),
                    hidden = objective.reads().contains(Output.HIDDEN);
            int K = config.outputs(), size = config.topLayer().outputSize();
            Outputs result = Outputs.zeros(config, batch, objective.reads());
            LayerRows top = outputs[layers.size() - 1];
            long stride = (long) b.rows * GATE;
            if (ends) {
                for (int s = 0; s < schedule.sequences(); s++) {
                    copyEnds(s, top, b.summary + s * rowBytes(layers.size() - 1));
                }
                panels.head().multiply(schedule.sequences(), b.summary, rowBytes(layers.size() - 1), b.logits, stride);
                for (int s = 0; s < schedule.sequences(); s++) {
                    panels.head().read(b.logits, stride, s, result.logits(), order.sequence(s) * K);
                }
            }
            if (steps || hidden) {
                shards.each(shard -> {
                    for (int t = 0; t < order.steps(); t++) {
                        int count = schedule.active(shard, t), row = schedule.row(shard, t);
                        if (steps && count > 0) {
                            panels.head()
                                    .multiply(
                                            count, top.row(row), top.rowBytes(), b.logits + (long) row * GATE, stride);
                        }
                        for (int r = 0; r < count; r++) {
                            int step = order.step(schedule.first(shard) + r, t);
                            if (steps) {
                                panels.head().read(b.logits, stride, row + r, result.stepLogits(), step * K);
                            }
                            if (hidden) {
                                Lanes.copy(top.row(row + r), result.hidden(), step * size, size);
                            }
                        }
                    }
                });
            }
            return result;
        }

        private void copyEnds(int s, LayerRows top, long to) {
            LayerConfig layer = config.topLayer();
            int H = layer.hiddenSize(), last = order.row(order.length(s) - 1) + s;
            Lanes.copy(top.row(last), to, 4L * H);
            if (layer.bidirectional()) {
                Lanes.copy(top.row(s) + 4L * H, to + 4L * H, 4L * H);
            }
        }

        private void readoutGradient(Outputs upstream, double[] gradient) {
            int k = layers.size() - 1,
                    K = config.outputs(),
                    size = config.topLayer().outputSize();
            long stride = (long) b.rows * GATE, dTop = b.gradients[k], row = rowBytes(k);
            LayerRows top = outputs[k];
            boolean steps = upstream.stepLogits().length > 0, hidden = upstream.hidden().length > 0;
            if (first) {
                head.clear();
            }
            shards.each(shard -> {
                for (int t = 0; t < order.steps(); t++) {
                    int count = schedule.active(shard, t), first = schedule.row(shard, t);
                    ForwardGates.clear(dTop + first * row, count * row);
                    for (int r = 0; r < count; r++) {
                        int step = order.step(schedule.first(shard) + r, t);
                        if (hidden) {
                            Lanes.copy(upstream.hidden(), step * size, dTop + (first + r) * row, size);
                        }
                        if (steps) {
                            panels.head().write(upstream.stepLogits(), step * K, b.logits, stride, first + r);
                        }
                    }
                    if (steps && count > 0) {
                        head.backward(count, b.logits + (long) first * GATE, stride, dTop + first * row, row);
                    }
                }
            });
            if (steps) {
                shards.eachPart(part ->
                        head.addGradient(part, schedule.rows(), b.logits, stride, top.address(), top.rowBytes()));
            }
            if (upstream.logits().length > 0) {
                int n = schedule.sequences();
                ForwardGates.clear(b.summaryGradient, n * row);
                for (int s = 0; s < n; s++) {
                    panels.head().write(upstream.logits(), order.sequence(s) * K, b.logits, stride, s);
                }
                head.backward(n, b.logits, stride, b.summaryGradient, row);
                shards.eachPart(part -> head.addGradient(part, n, b.logits, stride, b.summary, row));
                addEnds(dTop, row);
            }
            if (last) {
                head.unpack(gradient, layout);
            }
        }

        /** The gradient of the head's summary, to the steps that it was taken from. */
        private void addEnds(long dTop, long row) {
            LayerConfig layer = config.topLayer();
            int H = layer.hiddenSize();
            for (int s = 0; s < schedule.sequences(); s++) {
                int last = order.row(order.length(s) - 1) + s;
                for (int j = 0; j < layer.outputSize(); j++) {
                    long at = dTop + (j < H ? last : s) * row + 4L * j;
                    Lanes.set(at, Lanes.get(at) + Lanes.get(b.summaryGradient + s * row + 4L * j));
                }
            }
        }

        // --- Backward

        private void backward(int k, float[] dFinal, float[] dInitial, int at, double[] gradient) {
            List<DirectionTraining> directions = layers.get(k);
            int H = config.layers().get(k).hiddenSize();
            long dy = b.gradients[k], dyRow = rowBytes(k);
            if (!dropout.isNone()) {
                shards.each(shard -> {
                    int from = shard * schedule.rows() / shards.count();
                    int to = (shard + 1) * schedule.rows() / shards.count();
                    for (int r = from; r < to; r++) {
                        BackwardGates.scale(dy + r * dyRow, maskRow(k, r), Math.toIntExact(dyRow / 4));
                    }
                });
            }
            boolean wanted = k > 0 || panels.embeddingSize() > 0 || (inputWanted && !panels.oneHot());
            long dx = k > 0 ? b.gradients[k - 1] : b.inputGradient, dxRow = rowBytes(k - 1);
            if (wanted) {
                ForwardGates.clear(dx, schedule.rows() * dxRow);
            }
            for (int d = 0; d < directions.size(); d++) {
                DirectionTraining direction = directions.get(d);
                boolean reverse = d == 1;
                direction.beginBackward(schedule, dFinal, config.stateSize(), at + 2 * d * H);
                long own = dy + 4L * d * H;
                if (reverse) {
                    mirrorRows(own, dyRow, b.mirroredGradient, dyRow, 4 * H, false);
                    own = b.mirroredGradient;
                }
                long upstream = own;
                shards.each(shard -> direction.backward(schedule, shard, upstream, dyRow));
                direction.endBackward(schedule, dInitial, config.stateSize(), at + 2 * d * H);
                weightGradients(k, direction, reverse ? mirrored(k, inputs[k]) : inputs[k], gradient);
                if (wanted) {
                    addInputGradient(direction, reverse, dx, dxRow);
                }
            }
        }

        private void weightGradients(int k, DirectionTraining direction, LayerRows x, double[] gradient) {
            int rowBytes = Math.max(direction.stateRow(), Math.toIntExact(rowBytes(k - 1)));
            List<TrainingSchedule.Run> runs = schedule.runs(Math.max(64, RUN_BYTES / rowBytes));
            shards.eachPart(part -> {
                if (first) {
                    direction.clearGradient(part);
                }
                direction.addGradient(schedule, runs, part, x);
                if (last) {
                    direction.unpackGradient(part, layout, gradient);
                }
            });
        }

        private void addInputGradient(DirectionTraining direction, boolean reverse, long dx, long dxRow) {
            int rows = schedule.rows();
            long to = reverse ? b.mirroredGradient : dx;
            if (reverse) {
                ForwardGates.clear(to, rows * dxRow);
            }
            shards.each(shard -> {
                int first = (int) ((long) shard * rows / shards.count()),
                        last = (int) ((long) (shard + 1) * rows / shards.count());
                for (int from = first; from < last; from += 64) {
                    direction.inputGradient(from, Math.min(last, from + 64), to, dxRow);
                }
            });
            if (reverse) {
                mirrorRows(to, dxRow, dx, dxRow, Math.toIntExact(dxRow), true);
            }
        }

        /** Rows to those of the opposite steps. */
        private void mirrorRows(long from, long fromRow, long to, long toRow, int bytes, boolean add) {
            for (int t = 0; t < order.steps(); t++) {
                for (int s = 0; s < order.active(t); s++) {
                    long x = from + (order.row(t) + s) * fromRow, y = to + opposite(s, t) * toRow;
                    if (add) {
                        BackwardGates.add(y, x, bytes / Float.BYTES);
                    } else {
                        Lanes.copy(x, y, bytes);
                    }
                }
            }
        }

        /** ∂L/∂x for features, in the caller's order; for embedded tokens, the embedding's gradient. */
        private float[] inputGradient(double[] gradient) {
            if (panels.oneHot() || (panels.embeddingSize() == 0 && !inputWanted)) {
                return NONE;
            }
            int size = config.inputSize(0);
            float[] dInput = new float[batch.input() instanceof Batch.Input.Features f ? f.values().length : 0];
            int embedding = panels.embeddingSize() > 0
                    ? layout.tensor("embedding.weight").offset()
                    : 0;
            int row = 0;
            for (int t = 0; t < order.steps(); t++) {
                for (int s = 0; s < order.active(t); s++, row++) {
                    long dx = b.inputGradient + row * rowBytes(-1);
                    int step = order.step(s, t);
                    if (batch.input() instanceof Batch.Input.Tokens(int[] ids)) {
                        for (int j = 0; j < size; j++) {
                            gradient[embedding + ids[step] * size + j] += Lanes.get(dx + 4L * j);
                        }
                    } else {
                        Lanes.copy(dx, dInput, step * size, size);
                    }
                }
            }
            return dInput;
        }
    }

    @Override
    public void close() {
        if (buffers != null) {
            buffers.close();
        }
        memory.close();
    }
}
