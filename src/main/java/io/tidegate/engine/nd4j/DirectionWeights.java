package io.tidegate.engine.nd4j;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.ParameterLayout;
import io.tidegate.core.network.TensorSpec;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The weights of one direction of one layer, or a gradient with respect to them.
 *
 * <p>Gates are stacked in the order <b>o, i, f, g</b>, not the checkpoint's i, f, g, o: then the three sigmoids lie side by
 * side, and so do the two gates that see the cell before o does. A bias is the last column of the input's weights and meets
 * the 1 behind each input; in a table for one-hot tokens it is part of every row.
 */
final class DirectionWeights {

    /** The checkpoint's block for each of ours: o, i, f, g of i, f, g, o; and o, i, f of i, f, o. */
    private static final int[] GATES = {3, 0, 1, 2}, MEMORY_GATES = {2, 0, 1};

    private final CellType cell;
    private final int hiddenSize;
    private final Packed input;
    private final Packed hidden;
    private final List<Packed> memory; // one or none

    /** @param suffix of the direction's tensors, {@code _l0_reverse} for one */
    DirectionWeights(CellType cell, boolean oneHot, ParameterLayout layout, String suffix, Memory arrays) {
        TensorSpec ih = layout.tensor("weight_ih" + suffix),
                hh = layout.tensor("weight_hh" + suffix),
                bias = layout.tensor("bias" + suffix);
        int H = hh.columns(), D = ih.columns();
        this.cell = cell;
        this.hiddenSize = H;
        this.input = oneHot
                ? new Packed(arrays.zeros(D, 4L * H), pairs -> table(H, D, ih.offset(), bias.offset(), pairs))
                : new Packed(arrays.zeros(4L * H, D + 1L), pairs -> {
                    stacked(GATES, H, D, D + 1, 0, ih.offset(), pairs);
                    stacked(GATES, H, 1, D + 1, D, bias.offset(), pairs);
                });
        this.hidden = new Packed(arrays.zeros(4L * H, H), pairs -> stacked(GATES, H, H, H, 0, hh.offset(), pairs));
        this.memory = switch (cell.memory()) {
            case NONE -> List.of();
            case DIAGONAL -> List.of(memory(arrays.zeros(3, 1, H), layout.tensor("peephole" + suffix), H, 1));
            case FULL -> List.of(memory(arrays.zeros(3L * H, H), layout.tensor("weight_ch" + suffix), H, H));
        };
    }

    private static Packed memory(INDArray array, TensorSpec spec, int H, int columns) {
        return new Packed(array, pairs -> stacked(MEMORY_GATES, H, columns, columns, 0, spec.offset(), pairs));
    }

    /**
     * Pairs the gates' blocks, [H, columns] each, one below the other on both sides.
     *
     * @param width of a packed row
     * @param column of a packed row at which the block begins
     */
    private static void stacked(
            int[] gates, int H, int columns, int width, int column, int offset, Packed.Pairs pairs) {
        for (int gate = 0; gate < gates.length; gate++) {
            for (int j = 0; j < H; j++) {
                for (int k = 0; k < columns; k++) {
                    pairs.pair((gate * H + j) * width + column + k, offset + (gates[gate] * H + j) * columns + k);
                }
            }
        }
    }

    private static void table(int H, int vocabulary, int ih, int bias, Packed.Pairs pairs) {
        for (int gate = 0; gate < GATES.length; gate++) {
            for (int j = 0; j < H; j++) {
                int row = GATES[gate] * H + j;
                for (int token = 0; token < vocabulary; token++) {
                    int packed = token * 4 * H + gate * H + j;
                    pairs.pair(packed, ih + row * vocabulary + token);
                    pairs.pair(packed, bias + row);
                }
            }
        }
    }

    CellType cell() {
        return cell;
    }

    int hiddenSize() {
        return hiddenSize;
    }

    /** [4H, D + 1], or for one-hot tokens a table, [vocabulary, 4H]. */
    INDArray input() {
        return input.array();
    }

    /** [4H, H]. */
    INDArray hidden() {
        return hidden.array();
    }

    /** The diagonal cell-to-gate weights of some gates, in the order o, i, f: [gates, 1, H]. */
    INDArray diagonal(int gate, int gates) {
        return Memory.slab(memory.getFirst().array(), gate, gates, 0, 1);
    }

    /** The full cell-to-gate weights of some gates, in the order o, i, f: [gates · H, H]. */
    INDArray memory(int gate, int gates) {
        return Memory.rows(memory.getFirst().array(), (long) gate * hiddenSize, (long) gates * hiddenSize);
    }

    void load(double[] parameters) {
        input.load(parameters);
        hidden.load(parameters);
        memory.forEach(packed -> packed.load(parameters));
    }

    void addTo(double[] gradient) {
        input.addTo(gradient);
        hidden.addTo(gradient);
        memory.forEach(packed -> packed.addTo(gradient));
    }
}
