package io.tidegate.registry;

import io.tidegate.core.engine.LoadedNetwork;

/** The right to use a loaded version until it is closed: an unload in between waits for it. */
public final class Lease implements AutoCloseable {

    private final ModelVersion version;
    private final LoadedModel loaded;

    Lease(ModelVersion version, LoadedModel loaded) {
        this.version = version;
        this.loaded = loaded;
    }

    public ModelVersion version() {
        return version;
    }

    public LoadedNetwork network() {
        return loaded.network();
    }

    @Override
    public void close() {
        loaded.leave();
    }
}
