package io.tidegate.benchmark;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.Initialization;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import java.util.List;
import java.util.SplittableRandom;

/** One layer of a benchmark's grid, with its weights in the forms that the peers want. */
record Recurrent(CellType cell, int hiddenSize, int inputSize, NetworkConfig config, Weights weights) {

    static Recurrent of(CellType cell, int hiddenSize, int inputSize) {
        return of(cell, hiddenSize, inputSize, 1);
    }

    /** @param outputs size of the head's output */
    static Recurrent of(CellType cell, int hiddenSize, int inputSize, int outputs) {
        SplittableRandom random = new SplittableRandom(31L * hiddenSize + cell.ordinal());
        NetworkConfig config = new NetworkConfig(
                new InputConfig.Features(inputSize), List.of(new LayerConfig(cell, hiddenSize, false)), outputs);
        return new Recurrent(cell, hiddenSize, inputSize, config, Initialization.STANDARD.weights(config, random));
    }

    boolean peephole() {
        return cell == CellType.PEEPHOLE;
    }

    float[] floats(String tensor) {
        double[] values = weights.tensor(tensor);
        float[] floats = new float[values.length];
        for (int k = 0; k < floats.length; k++) {
            floats[k] = (float) values[k];
        }
        return floats;
    }

    /** A tensor of four gates, [4H, columns], its gates in another order than i, f, g, o. */
    float[] gates(String tensor, int columns, String order) {
        float[] from = floats(tensor), to = new float[from.length];
        int block = hiddenSize * columns;
        for (int gate = 0; gate < 4; gate++) {
            System.arraycopy(from, "ifgo".indexOf(order.charAt(gate)) * block, to, gate * block, block);
        }
        return to;
    }

    /** Peepholes in ONNX's order i, o, f. */
    float[] peepholes() {
        float[] from = floats("peephole_l0"), to = new float[from.length];
        for (int gate = 0; gate < 3; gate++) {
            System.arraycopy(from, "ifo".indexOf("iof".charAt(gate)) * hiddenSize, to, gate * hiddenSize, hiddenSize);
        }
        return to;
    }

    /** Rows of a matrix, [columns, rows]. */
    float[] transposed(String tensor, int first, int rows, int columns) {
        float[] from = floats(tensor), to = new float[rows * columns];
        for (int r = 0; r < rows; r++) {
            for (int k = 0; k < columns; k++) {
                to[k * rows + r] = from[(first + r) * columns + k];
            }
        }
        return to;
    }

    /** Additions and products of a step of one sequence. */
    double flops() {
        double H = hiddenSize;
        double memory = cell.memory() == CellType.Memory.FULL ? 3 * H * H : 0;
        return 2 * (4 * H * (H + inputSize) + memory);
    }

    /** Bytes of float32 weights that every step reads. */
    double stepBytes() {
        double H = hiddenSize;
        return 4 * (4 * H * H + (cell.memory() == CellType.Memory.FULL ? 3 * H * H : 0));
    }
}
