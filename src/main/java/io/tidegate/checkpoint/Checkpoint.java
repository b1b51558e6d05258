package io.tidegate.checkpoint;

import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;

/**
 * A model as read from its two files.
 *
 * @param config the network that {@code descriptor} and the weights' shapes describe
 * @param weights in the network's layout, every value finite
 * @param weightsSha256 of the weights file, as {@code descriptor} says it
 */
public record Checkpoint(ModelDescriptor descriptor, NetworkConfig config, Weights weights, String weightsSha256) {

    /** The file names in a checkpoint's folder. */
    public static final String MODEL_FILE = "model.json", WEIGHTS_FILE = "weights.safetensors";
}
