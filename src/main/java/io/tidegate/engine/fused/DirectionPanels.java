package io.tidegate.engine.fused;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.ParameterLayout;
import io.tidegate.core.network.Weights;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The packed weights of one direction of one layer. */
final class DirectionPanels {

    private final CellType cell;
    private final int hiddenSize;
    private final String suffix;
    private final int[] gates;
    private final PackedMatrix input; // weight_ih, K = D
    private final PackedMatrix recurrent; // weight_hh, K = H
    private final @Nullable PackedMatrix inputMemory; // weight_ch's parts for i and f, K = H
    private final @Nullable PackedMatrix outputMemory; // its part for o, K = H
    private final long bias; // [panels][64]
    private final long peephole; // [3][panels · 16], for i, f and o

    /**
     * @param suffix of the tensors' names, such as {@code _l0}
     * @param half whether the weights that each step reads take 16 bits
     */
    DirectionPanels(OffHeap memory, LayerConfig layer, int inputSize, String suffix, boolean half) {
        int H = layer.hiddenSize();
        this.cell = layer.cell();
        this.hiddenSize = H;
        this.suffix = suffix;
        this.gates = Columns.gates(H);
        this.input = new PackedMatrix(memory, gates, inputSize, false);
        this.recurrent = new PackedMatrix(memory, gates, H, half);
        boolean full = cell.memory() == CellType.Memory.FULL;
        this.inputMemory = full ? new PackedMatrix(memory, Columns.inputMemory(H), H, half) : null;
        this.outputMemory = full ? new PackedMatrix(memory, Columns.outputMemory(H), H, half) : null;
        this.bias = memory.floats(gates.length);
        this.peephole = cell.memory() == CellType.Memory.DIAGONAL ? memory.floats(3L * units()) : 0;
    }

    /** Adds what has to be done to take weights over, in tasks that may run side by side. */
    void packing(Weights weights, List<Runnable> tasks) {
        ParameterLayout layout = weights.layout();
        double[] values = weights.values();
        tasks.add(
                () -> recurrent.pack(values, layout.tensor("weight_hh" + suffix).offset()));
        tasks.add(() -> input.pack(values, layout.tensor("weight_ih" + suffix).offset()));
        tasks.add(() -> packVectors(values, layout));
        PackedMatrix ifMemory = inputMemory, oMemory = outputMemory;
        if (ifMemory != null && oMemory != null) {
            int ch = layout.tensor("weight_ch" + suffix).offset();
            tasks.add(() -> ifMemory.pack(values, ch));
            tasks.add(() -> oMemory.pack(values, ch));
        }
    }

    private void packVectors(double[] values, ParameterLayout layout) {
        int b = layout.tensor("bias" + suffix).offset();
        for (int n = 0; n < gates.length; n++) {
            Lanes.set(bias + 4L * n, gates[n] < 0 ? 0 : (float) values[b + gates[n]]);
        }
        if (peephole != 0) {
            int p = layout.tensor("peephole" + suffix).offset();
            for (int n = 0; n < 3 * hiddenSize; n++) {
                Lanes.set(peephole(n / hiddenSize) + 4L * (n % hiddenSize), (float) values[p + n]);
            }
        }
    }

    /** The matrices of which each step reads all. */
    private Stream<PackedMatrix> ofEachStep() {
        return Stream.of(recurrent, inputMemory, outputMemory).filter(Objects::nonNull);
    }

    /** See {@link PackedMatrix#fitAbreast}. */
    boolean fitAbreast() {
        return ofEachStep().anyMatch(PackedMatrix::fitAbreast);
    }

    void setAbreast(boolean abreast) {
        ofEachStep().forEach(matrix -> matrix.setAbreast(abreast));
    }

    CellType cell() {
        return cell;
    }

    int hiddenSize() {
        return hiddenSize;
    }

    String suffix() {
        return suffix;
    }

    int panels() {
        return recurrent.panels();
    }

    /** Units, padded to whole panels. */
    int units() {
        return panels() * Lanes.UNITS;
    }

    PackedMatrix input() {
        return input;
    }

    PackedMatrix recurrent() {
        return recurrent;
    }

    PackedMatrix inputMemory() {
        return full(inputMemory);
    }

    PackedMatrix outputMemory() {
        return full(outputMemory);
    }

    private PackedMatrix full(@Nullable PackedMatrix matrix) {
        if (matrix == null) {
            throw new IllegalStateException(cell + " has no cell-to-gate matrix");
        }
        return matrix;
    }

    long bias(int panel) {
        return bias + (long) panel * Lanes.PANEL;
    }

    /** The diagonal of one of the gates i, f, o. */
    long peephole(int gate) {
        return peephole + 4L * gate * units();
    }
}
