package io.tidegate.core.engine;

import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;

/**
 * Runs networks. The grain is coarse because each engine keeps weights its own way (packed, off heap, on a device) and must
 * not copy them per operation.
 */
public interface Engine {

    /** The name it is chosen by: {@code reference}, {@code nd4j} … */
    String name();

    /** What it runs on, for a log or a dashboard. */
    default String description() {
        return "plain Java";
    }

    /**
     * What a training's bits depend on beside its data, settings and seed: the engine and its version, shards or threads, and
     * whatever lies beneath it. Where two processes say the same, a training may be taken from one to the other and ends with
     * the weights it would have had.
     */
    String fingerprint();

    /** Moves and packs the weights, once. The caller closes what it gets. */
    LoadedNetwork load(NetworkConfig config, Weights weights);

    /** The same for an engine that can keep weights in another format; others keep them in their own. */
    default LoadedNetwork load(NetworkConfig config, Weights weights, WeightFormat format) {
        return load(config, weights);
    }
}
