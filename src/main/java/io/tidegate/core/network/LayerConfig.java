package io.tidegate.core.network;

import io.tidegate.core.cell.CellType;

/**
 * One recurrent layer.
 *
 * @param hiddenSize H, units per direction
 * @param bidirectional whether a second cell reads the sequence from its end; the layer above sees both halves side by side
 */
public record LayerConfig(CellType cell, int hiddenSize, boolean bidirectional) {

    public LayerConfig {
        NetworkConfig.requirePositive("hidden size", hiddenSize);
    }

    public int directions() {
        return bidirectional ? 2 : 1;
    }

    /** Size of the layer's output at each step: H times the number of directions. */
    public int outputSize() {
        return hiddenSize * directions();
    }
}
