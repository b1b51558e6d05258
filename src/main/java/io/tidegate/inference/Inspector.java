package io.tidegate.inference;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.cell.Tape;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.Network;
import io.tidegate.core.network.Trace;
import io.tidegate.core.train.GateTally;
import io.tidegate.core.train.MeanMagnitude;
import io.tidegate.registry.ModelVersion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Looks inside a network while it reads one sequence: gates, states, and what the cell state added to each gate. Computed in
 * double by {@link Network}, whatever engine serves.
 */
public final class Inspector {

    private static final int BYTES_PER_VALUE = 40; // a double, and its text in the answer

    /** One number for each step and unit, [steps, H]. */
    public record Memory(double[][] i, double[][] f, double[][] o) {}

    /**
     * One direction of one layer, all arrays [steps, H].
     *
     * @param memory what the cell state added to each gate's pre-activation; absent for the lstm
     */
    public record Layer(
            int layer,
            String direction,
            String cell,
            double[][] i,
            double[][] f,
            double[][] g,
            double[][] o,
            double[][] c,
            double[][] h,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Memory memory,

            Summary summary) {}

    /** @param meanMemory mean absolute memory part per gate; absent for the lstm */
    public record Summary(
            Saturation i,
            Saturation f,
            Saturation o,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            MeanMemory meanMemory) {}

    /**
     * Share of a gate's activations, over steps and units.
     *
     * @param closed below 0.1
     * @param open above 0.9
     */
    public record Saturation(double closed, double open) {}

    public record MeanMemory(double i, double f, double o) {}

    private final Runner runner;
    private final Encoder encoder;

    public Inspector(Runner runner, Encoder encoder) {
        this.runner = runner;
        this.encoder = encoder;
    }

    public List<Layer> inspect(ModelVersion version, RequestInput input) {
        Batch batch = encoder.encode(version, input);
        if (batch.sequences() != 1) {
            throw new InvalidInputException("", "inspect takes one sequence, got " + batch.sequences());
        }
        int units = version.card().config().layers().stream()
                .mapToInt(LayerConfig::outputSize)
                .sum();
        runner.requireWorkingSet((long) batch.totalSteps() * units * 9 * BYTES_PER_VALUE);

        Checkpoint checkpoint = version.checkpoint();
        Network network = new Network(checkpoint.config(), checkpoint.weights());
        Trace trace = network.forward(batch.sequence(0), network.zeroStates(), true);
        List<Layer> layers = new ArrayList<>();
        for (int k = 0; k < trace.layers().size(); k++) {
            List<Tape[]> directions = trace.layers().get(k).tapes();
            for (int d = 0; d < directions.size(); d++) {
                CellType cell = checkpoint.config().layers().get(k).cell();
                layers.add(layer(k, d == 0 ? "forward" : "backward", cell, directions.get(d)));
            }
        }
        return layers;
    }

    private static Layer layer(int index, String direction, CellType cell, Tape[] tapes) {
        double[][] i = each(tapes, Tape::i), f = each(tapes, Tape::f), o = each(tapes, Tape::o);
        Memory memory = null;
        MeanMemory mean = null;
        if (cell.memory() != CellType.Memory.NONE) {
            memory = new Memory(each(tapes, Tape::memoryI), each(tapes, Tape::memoryF), each(tapes, Tape::memoryO));
            mean = new MeanMemory(meanAbsolute(memory.i()), meanAbsolute(memory.f()), meanAbsolute(memory.o()));
        }
        return new Layer(
                index,
                direction,
                cell.toString(),
                i,
                f,
                each(tapes, Tape::g),
                o,
                each(tapes, tape -> tape.after().c()),
                each(tapes, tape -> tape.after().h()),
                memory,
                new Summary(saturation(i), saturation(f), saturation(o), mean));
    }

    private static double[][] each(Tape[] tapes, Function<Tape, double[]> part) {
        return Arrays.stream(tapes).map(part).toArray(double[][]::new);
    }

    private static Saturation saturation(double[][] gate) {
        GateTally tally = new GateTally();
        Arrays.stream(gate).forEach(tally::add);
        return new Saturation(tally.closed(), tally.open());
    }

    private static double meanAbsolute(double[][] values) {
        MeanMagnitude mean = new MeanMagnitude();
        Arrays.stream(values).forEach(mean::add);
        return mean.value();
    }
}
