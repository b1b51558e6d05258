package io.tidegate.core.network;

import io.tidegate.core.cell.CellState;
import io.tidegate.core.cell.Tape;
import java.util.List;

/**
 * A forward pass over one sequence.
 *
 * @param layers for each layer, what it read and, where they were kept, its tapes
 * @param top the top layer's output as the head reads it, after any dropout, [steps][H·directions]
 * @param finalStates one for each direction of each layer
 * @param dropout what came between the layers, and above the last
 * @param firstRow dropout's row for the sequence's first step
 */
public record Trace(
        List<LayerTrace> layers, double[][] top, List<CellState> finalStates, Dropout dropout, int firstRow) {

    /** @param tapes for each direction, in order of time, [steps] */
    public record LayerTrace(SequenceInput input, List<Tape[]> tapes) {}

    /**
     * Passes a gradient back through a layer's dropout.
     *
     * @param dOutput ∂L/∂ what was read of the layer's output, [steps][H·directions]
     */
    public double[][] throughDropout(int layer, double[][] dOutput) {
        return dropout.scaled(layer, firstRow, dOutput);
    }
}
