package io.tidegate.engine.fused;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.Schedule;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A network at work on one batch after another: buffers for so many sequences, and the way through the layers. A network that
 * reads forward only goes through all layers window by window, so that memory doesn't grow with the length of the sequences.
 *
 * <p>A run may be shared by several threads, the parts: each computes its own panels of every layer.
 */
final class NetworkRun implements AutoCloseable {

    /** Enough rows of input to keep a product busy, few enough to stay in the second-level cache until their step comes. */
    private static final int WINDOW_ROWS = 64;

    private final NetworkPanels panels;
    private final NetworkConfig config;
    private final int sequences;
    private final OffHeap memory = new OffHeap();
    private final List<List<DirectionRun>> layers = new ArrayList<>();
    private final int zRows;
    private final long logits; // [blocks][zRows][16]
    private final long summary; // [sequences][H·directions]
    private final @Nullable Rows kept; // null where a window is a whole batch

    NetworkRun(NetworkPanels panels, int sequences) {
        this.panels = panels;
        this.config = panels.config();
        this.sequences = sequences;
        this.zRows = Math.max(WINDOW_ROWS, sequences);
        int most = 0;
        boolean full = false;
        for (LayerConfig layer : config.layers()) {
            most = Math.max(most, Columns.panels(layer.hiddenSize()));
            full |= layer.cell().memory() == CellType.Memory.FULL;
        }
        DirectionRun.Scratch scratch = new DirectionRun.Scratch(memory, most, zRows, sequences, full);
        for (int k = 0; k < config.layers().size(); k++) {
            layers.add(panels.layer(k).stream()
                    .map(w -> new DirectionRun(memory, w, sequences, scratch))
                    .toList());
        }
        this.logits = memory.bytes((long) panels.head().blocks() * zRows * Lanes.GATE);
        this.summary = memory.floats((long) sequences * config.topLayer().outputSize());
        this.kept = config.bidirectional() ? null : new Rows(memory, zRows);
    }

    /** The most sequences there is room for. */
    int sequences() {
        return sequences;
    }

    /** What the layers of a network hand to each other, for the rows of a window. */
    private final class Rows {

        private final long[] outputs = new long[layers.size()]; // of each layer: [window rows][H·directions]
        private final long input; // [window rows][D] for a dense first layer
        private final long mirrored; // [window rows][D] of any layer, as its backward direction reads them
        private final int[] tokens, mirroredTokens; // [window rows] for a one-hot first layer

        Rows(OffHeap memory, int count) {
            boolean oneHot = panels.oneHot();
            int widest = 0;
            for (int k = 0; k < layers.size(); k++) {
                LayerConfig layer = config.layers().get(k);
                outputs[k] = memory.floats((long) count * layer.outputSize());
                widest = layer.bidirectional() ? Math.max(widest, config.inputSize(k)) : widest;
            }
            this.input = oneHot ? 0 : memory.floats((long) count * config.inputSize(0));
            this.mirrored = memory.floats((long) count * (oneHot && layers.size() == 1 ? 0 : widest));
            this.tokens = new int[oneHot ? count : 0];
            this.mirroredTokens = new int[oneHot && widest > 0 ? count : 0];
        }
    }

    /** One batch's way through. */
    Job job(Batch batch, States states, Set<Output> wanted) {
        return new Job(batch, states, wanted);
    }

    /** What the parts of one run share. */
    final class Job implements AutoCloseable {

        private final Batch batch;
        private final Schedule schedule;
        private final States states;
        private final boolean wantsSteps, wantsHidden, wantsLogits;
        private final Outputs outputs;
        private final List<Schedule.Block> windows;
        private final OffHeap own = OffHeap.ofThisThread();
        private final Rows rows;

        private Job(Batch batch, States states, Set<Output> wanted) {
            this.batch = batch;
            this.schedule = new Schedule(batch);
            this.states = states;
            this.wantsLogits = wanted.contains(Output.LOGITS);
            this.wantsSteps = wanted.contains(Output.STEP_LOGITS);
            this.wantsHidden = wanted.contains(Output.HIDDEN);
            this.outputs = Outputs.zeros(config, batch, wanted);
            boolean whole = config.bidirectional();
            this.windows = whole ? List.of(schedule.whole()) : schedule.blocks(schedule.whole(), WINDOW_ROWS, zRows);
            this.rows = kept != null ? kept : new Rows(own, batch.totalSteps());
            int at = 0;
            for (List<DirectionRun> directions : layers) {
                for (DirectionRun direction : directions) {
                    direction.begin(schedule, states, at);
                    at += 2 * direction.hiddenSize();
                }
            }
        }

        /** Runs one part; returns when all of them are through. */
        void run(Part part) {
            for (Schedule.Block window : windows) {
                fillInput(part, window);
                part.arriveAndAwait();
                for (int k = 0; k < layers.size(); k++) {
                    layer(part, window, k);
                }
                if (wantsSteps) {
                    readWindow(part, window);
                    part.arriveAndAwait();
                }
            }
            if (part.id() == 0) {
                end();
            }
        }

        Outputs outputs() {
            return outputs;
        }

        private void layer(Part part, Schedule.Block window, int k) {
            List<DirectionRun> directions = layers.get(k);
            int size = config.inputSize(k);
            boolean oneHot = k == 0 && panels.oneHot();
            for (int d = 0; d < directions.size(); d++) {
                boolean reverse = d == 1;
                long x = k == 0 ? rows.input : rows.outputs[k - 1];
                int[] ids = rows.tokens;
                if (reverse) {
                    if (part.id() == 0) {
                        mirror(k, x);
                    }
                    part.arriveAndAwait();
                    x = rows.mirrored;
                    ids = rows.mirroredTokens;
                }
                direction(part, window, directions.get(d), k, reverse, x, oneHot ? ids : null, size);
            }
            part.arriveAndAwait();
        }

        private void direction(
                Part part,
                Schedule.Block window,
                DirectionRun direction,
                int k,
                boolean reverse,
                long x,
                int @Nullable [] ids,
                int size) {
            int windowRow = schedule.row(window.from());
            List<Schedule.Block> blocks =
                    windows.size() > 1 ? List.of(window) : schedule.blocks(window, WINDOW_ROWS, zRows);
            for (Schedule.Block block : blocks) {
                int first = schedule.row(block.from()) - windowRow, rows = schedule.rows(block);
                if (ids != null) {
                    direction.project(part, rows, ids, first);
                } else {
                    direction.project(part, rows, x + 4L * first * size, 4L * size);
                }
                for (int t = block.from(); t < block.to(); t++) {
                    int zRow = schedule.row(t) - schedule.row(block.from());
                    direction.step(part, t, schedule.active(t), zRow);
                    copyOut(part, direction, k, reverse, t, windowRow);
                }
            }
        }

        /** h of step t to whoever reads it: the next layer, the head, the caller. Each part its own units. */
        private void copyOut(Part part, DirectionRun direction, int k, boolean reverse, int t, int windowRow) {
            boolean top = k == layers.size() - 1, toRows = !top || wantsSteps, toCaller = top && wantsHidden;
            if (!toRows && !toCaller) {
                return;
            }
            int width = config.layers().get(k).outputSize();
            int from = direction.firstUnit(part), units = direction.lastUnit(part) - from;
            int column = (reverse ? direction.hiddenSize() : 0) + from;
            long h = direction.hidden(t) + 4L * from;
            for (int s = 0; s < schedule.active(t); s++, h += direction.row()) {
                int step = reverse ? schedule.length(s) - 1 - t : t;
                if (toRows) {
                    int row = schedule.row(step) + s - windowRow;
                    Lanes.copy(h, rows.outputs[k] + 4L * ((long) row * width + column), 4L * units);
                }
                if (toCaller) {
                    Lanes.copy(h, outputs.hidden(), schedule.step(s, step) * width + column, units);
                }
            }
        }

        /** What the first layer reads, each part its own rows. */
        private void fillInput(Part part, Schedule.Block window) {
            int size = config.inputSize(0), rowsInAll = schedule.rows(window);
            int first = part.firstRow(rowsInAll), last = part.lastRow(rowsInAll);
            if (schedule.sequences() == 1
                    && batch.input() instanceof Batch.Input.Features(float[] values, int features)) {
                int step = window.from() + first;
                Lanes.copy(values, step * features, rows.input + 4L * first * size, (last - first) * features);
                return;
            }
            int t = window.from(), begin = schedule.row(t);
            for (int row = first; row < last; row++) {
                while (schedule.row(t + 1) - begin <= row) {
                    t++;
                }
                int step = schedule.step(begin + row - schedule.row(t), t);
                switch (batch.input()) {
                    case Batch.Input.Features(float[] values, int features) ->
                        Lanes.copy(values, step * features, rows.input + 4L * row * size, size);
                    case Batch.Input.Tokens(int[] ids) -> {
                        if (panels.oneHot()) {
                            rows.tokens[row] = ids[step];
                        } else {
                            Lanes.copy(panels.embedding(ids[step]), rows.input + 4L * row * size, 4L * size);
                        }
                    }
                }
            }
        }

        /** A layer's input as its backward direction reads it: at step t the row of step n − 1 − t, of n. */
        private void mirror(int k, long x) {
            int size = config.inputSize(k);
            boolean oneHot = k == 0 && panels.oneHot();
            for (int t = 0; t < schedule.steps(); t++) {
                for (int s = 0; s < schedule.active(t); s++) {
                    int to = schedule.row(t) + s, from = schedule.row(schedule.length(s) - 1 - t) + s;
                    if (oneHot) {
                        rows.mirroredTokens[to] = rows.tokens[from];
                    } else {
                        Lanes.copy(x + 4L * from * size, rows.mirrored + 4L * to * size, 4L * size);
                    }
                }
            }
        }

        /** The head at every step, each part its own rows. */
        private void readWindow(Part part, Schedule.Block window) {
            int size = config.topLayer().outputSize();
            long top = rows.outputs[layers.size() - 1];
            HeadBlocks head = panels.head();
            long stride = (long) zRows * Lanes.GATE;
            int rows = schedule.rows(window), from = part.firstRow(rows), to = part.lastRow(rows);
            int[] steps = steps(window);
            int room = zRows / part.of(), at = part.firstRow(zRows);
            for (int first = from; first < to; first += room) {
                int count = Math.min(room, to - first);
                long into = logits + (long) at * Lanes.GATE;
                head.multiply(count, top + 4L * first * size, 4L * size, into, stride);
                for (int r = 0; r < count; r++) {
                    head.read(into, stride, r, outputs.stepLogits(), steps[first + r] * config.outputs());
                }
            }
        }

        /** Where the rows of a window lie among the batch's steps. */
        private int[] steps(Schedule.Block window) {
            int[] steps = new int[schedule.rows(window)];
            int row = 0;
            for (int t = window.from(); t < window.to(); t++) {
                for (int s = 0; s < schedule.active(t); s++) {
                    steps[row++] = schedule.step(s, t);
                }
            }
            return steps;
        }

        private void end() {
            int at = 0;
            for (List<DirectionRun> directions : layers) {
                for (DirectionRun direction : directions) {
                    direction.end(schedule, states, at);
                    at += 2 * direction.hiddenSize();
                }
            }
            if (wantsLogits) {
                readSummary();
            }
        }

        /** The head on the top layer's final h, of both directions. */
        private void readSummary() {
            int size = config.topLayer().outputSize(), n = schedule.sequences();
            int offset = 0;
            for (DirectionRun direction : layers.getLast()) {
                for (int s = 0; s < n; s++) {
                    long h = direction.finalHidden(s, schedule.length(s));
                    Lanes.copy(h, summary + 4L * ((long) s * size + offset), 4L * direction.hiddenSize());
                }
                offset += direction.hiddenSize();
            }
            long stride = (long) zRows * Lanes.GATE;
            panels.head().multiply(n, summary, 4L * size, logits, stride);
            for (int s = 0; s < n; s++) {
                panels.head().read(logits, stride, s, outputs.logits(), schedule.sequence(s) * config.outputs());
            }
        }

        @Override
        public void close() {
            own.close();
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
