package io.tidegate.core.network;

import io.tidegate.core.cell.CellState;
import io.tidegate.core.cell.Tape;
import java.util.List;

/**
 * A forward pass over one sequence.
 *
 * @param layers for each layer, what it read and, where they were kept, its tapes
 * @param top the top layer's output, [steps][H·directions]
 * @param finalStates one for each direction of each layer
 */
public record Trace(List<LayerTrace> layers, double[][] top, List<CellState> finalStates) {

    /** @param tapes for each direction, in order of time, [steps] */
    public record LayerTrace(SequenceInput input, List<Tape[]> tapes) {}
}
