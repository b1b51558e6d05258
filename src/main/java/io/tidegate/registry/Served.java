package io.tidegate.registry;

import io.tidegate.core.caption.Captioner;
import io.tidegate.core.engine.LoadedNetwork;

/** What a loaded version answers with. */
sealed interface Served extends AutoCloseable {

    /** Memory that its weights take, in bytes. */
    long weightBytes();

    @Override
    void close();

    /** A network that an engine has loaded. */
    record OfNetwork(LoadedNetwork network) implements Served {
        @Override
        public long weightBytes() {
            return network.weightBytes();
        }

        @Override
        public void close() {
            network.close();
        }
    }

    /** A captioner, which runs on plain Java whatever the engine. */
    record OfCaptioner(Captioner captioner) implements Served {
        @Override
        public long weightBytes() {
            return 3L * Double.BYTES * captioner.weights().values().length; // as they are, and each matrix both ways
        }

        @Override
        public void close() {}
    }
}
