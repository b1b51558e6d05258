package io.tidegate.core.train;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.cell.Tape;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.Network;
import io.tidegate.core.network.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * How the gates of one direction of one layer behave while a network reads a batch from the zero state, without dropout: are
 * they saturated, and how much of what drives them comes from the cell state? Means are over sequences, steps and units.
 */
public record GateAnalysis(int layer, boolean reverse, CellType cell, Gate i, Gate f, Gate o, OverTime overTime) {

    /**
     * @param closed share of activations below 0.1
     * @param open share above 0.9
     * @param histogram activations in each of 20 bins from 0 to 1
     * @param memory mean |memory term|, what the cell state adds to the pre-activation; empty for the lstm
     * @param recurrent mean |W_h h'|
     */
    public record Gate(double closed, double open, long[] histogram, OptionalDouble memory, double recurrent) {}

    /**
     * Means at each point, in the order in which the direction reads, over the sequences that are that long.
     *
     * @param stepsPerPoint steps that one point stands for
     * @param cell mean |c|, [points]
     * @param memory mean |memory term| of i, f and o, [points]; null for the lstm
     * @param recurrent mean |W_h h'| of i, f and o, [points]
     */
    public record OverTime(int stepsPerPoint, double[] cell, double @Nullable [] memory, double[] recurrent) {}

    /** {@code l0} for the first layer; {@code l0r} for its reverse direction. */
    public String name() {
        return "l" + layer + (reverse ? "r" : "");
    }

    /** By name: i, f and o. */
    public Map<String, Gate> gates() {
        return Map.of("i", i, "f", f, "o", o);
    }

    /**
     * Reads the batch once, a sequence at a time in double. It costs a training's forward pass and half as much again.
     *
     * @param mostPoints over time
     * @return one for each direction of each layer
     */
    public static List<GateAnalysis> of(Network network, Batch batch, int mostPoints) {
        batch.requireFits(network.config().input());
        List<Sums> sums = new ArrayList<>();
        for (int k = 0; k < network.config().layers().size(); k++) {
            for (int d = 0; d < network.config().layers().get(k).directions(); d++) {
                sums.add(new Sums(network, k, d, batch, mostPoints));
            }
        }
        for (int b = 0; b < batch.sequences(); b++) {
            Trace trace = network.forward(batch.sequence(b), network.zeroStates(), true);
            sums.forEach(each -> each.add(trace));
        }
        return sums.stream().map(Sums::analysis).toList();
    }

    /** One gate's sums. */
    private static final class GateSums {

        private final GateTally tally = new GateTally();
        private final MeanMagnitude memory = new MeanMagnitude();
        private final MeanMagnitude recurrent = new MeanMagnitude();

        Gate gate(boolean hasMemory) {
            OptionalDouble meanMemory = hasMemory ? OptionalDouble.of(memory.value()) : OptionalDouble.empty();
            return new Gate(tally.closed(), tally.open(), tally.histogram(), meanMemory, recurrent.value());
        }
    }

    /** One direction's sums. */
    private static final class Sums {

        private final Network network;
        private final int k, d;
        private final LayerConfig layer;
        private final GateSums i = new GateSums(), f = new GateSums(), o = new GateSums();
        private final StepMeans cell, memory, recurrent;

        Sums(Network network, int k, int d, Batch batch, int mostPoints) {
            this.network = network;
            this.k = k;
            this.d = d;
            this.layer = network.config().layers().get(k);
            this.cell = new StepMeans(batch, mostPoints);
            this.memory = new StepMeans(batch, mostPoints);
            this.recurrent = new StepMeans(batch, mostPoints);
        }

        void add(Trace trace) {
            Tape[] tapes = trace.layers().get(k).tapes().get(d);
            for (int t = 0; t < tapes.length; t++) {
                Tape tape = tapes[t];
                int step = d == 0 ? t : tapes.length - 1 - t;
                double[] fromHidden = network.direction(k, d).recurrent(tape); // i, f, g, o
                cell.at(step).add(tape.after().c());
                add(i, tape.i(), tape.memoryI(), fromHidden, 0, step);
                add(f, tape.f(), tape.memoryF(), fromHidden, 1, step);
                add(o, tape.o(), tape.memoryO(), fromHidden, 3, step);
            }
        }

        private void add(GateSums gate, double[] activations, double[] term, double[] fromHidden, int block, int step) {
            int from = block * layer.hiddenSize(), to = from + layer.hiddenSize();
            gate.tally.add(activations);
            gate.memory.add(term);
            memory.at(step).add(term);
            gate.recurrent.add(fromHidden, from, to);
            recurrent.at(step).add(fromHidden, from, to);
        }

        GateAnalysis analysis() {
            boolean hasMemory = layer.cell().memory() != CellType.Memory.NONE;
            OverTime overTime = new OverTime(
                    cell.stepsPerPoint(), cell.values(), hasMemory ? memory.values() : null, recurrent.values());
            return new GateAnalysis(
                    k, d > 0, layer.cell(), i.gate(hasMemory), f.gate(hasMemory), o.gate(hasMemory), overTime);
        }
    }
}
