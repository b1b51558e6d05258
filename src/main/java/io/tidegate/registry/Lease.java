package io.tidegate.registry;

import io.tidegate.core.caption.Captioner;
import io.tidegate.core.engine.LoadedNetwork;
import java.util.function.Supplier;

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

    /** The network of a version that isn't a captioner. */
    public LoadedNetwork network() {
        if (loaded.served() instanceof Served.OfNetwork(LoadedNetwork network)) {
            return network;
        }
        throw new IllegalStateException("model '" + version.name() + "' is a captioner, not a network");
    }

    /** The captioner of a version that is one. */
    public Captioner captioner() {
        if (loaded.served() instanceof Served.OfCaptioner(Captioner captioner)) {
            return captioner;
        }
        throw new IllegalStateException("model '" + version.name() + "' is a network, not a captioner");
    }

    /** What all who use the loaded version share: made by the first of them, forgotten when it is unloaded. */
    public <T> T shared(Class<T> type, Supplier<T> made) {
        return loaded.shared(type, made);
    }

    @Override
    public void close() {
        loaded.leave();
    }
}
