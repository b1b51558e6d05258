package io.tidegate.checkpoint;

import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;

/**
 * A model as read from its two files.
 *
 * @param architecture that {@code descriptor} and the weights' shapes describe
 * @param weights in its layout, every value finite
 * @param weightsSha256 of the weights file, as {@code descriptor} says it
 */
public record Checkpoint(ModelDescriptor descriptor, Architecture architecture, Weights weights, String weightsSha256) {

    /** The file names in a checkpoint's folder. */
    public static final String MODEL_FILE = "model.json", WEIGHTS_FILE = "weights.safetensors";

    /** The network of a checkpoint that isn't a captioner's. */
    public NetworkConfig config() {
        return architecture.network();
    }
}
