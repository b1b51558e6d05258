package io.tidegate.registry;

import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;

/** Brings a model's network into an engine. */
@FunctionalInterface
public interface NetworkLoader {

    /** @param model its name, since settings may be a model's own */
    LoadedNetwork load(String model, NetworkConfig config, Weights weights);
}
