package io.tidegate.core.network;

import java.util.List;

/**
 * The shape of a network: tokens or features → stacked recurrent layers → linear head.
 *
 * @param outputs K, size of the head's output
 */
public record NetworkConfig(InputConfig input, List<LayerConfig> layers, int outputs) {

    public NetworkConfig {
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("layers: expected at least one, got none");
        }
        requirePositive("outputs", outputs);
    }

    public LayerConfig topLayer() {
        return layers.getLast();
    }

    /** Size of what layer {@code layer} sees at each step. */
    public int inputSize(int layer) {
        return layer == 0 ? input.layerInputSize() : layers.get(layer - 1).outputSize();
    }

    /** Whether any layer reads sequences from their end, so that a sequence must be known whole. */
    public boolean bidirectional() {
        for (LayerConfig layer : layers) { // asked at every run: no stream
            if (layer.bidirectional()) {
                return true;
            }
        }
        return false;
    }

    /** Numbers in one sequence's state: h and c of each direction of each layer. */
    public int stateSize() {
        int size = 0;
        for (LayerConfig layer : layers) {
            size += 2 * layer.outputSize();
        }
        return size;
    }

    static void requirePositive(String what, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(what + ": expected at least 1, got " + value);
        }
    }
}
