package io.tidegate.registry;

import io.tidegate.core.caption.Captioner;
import io.tidegate.core.engine.LoadedNetwork;
import java.util.List;

/** What a loaded version answers with. */
sealed interface Served extends AutoCloseable {

    /** Memory that its weights take, in bytes. */
    long weightBytes();

    /** How it runs on this machine, in words. */
    List<String> plan();

    @Override
    void close();

    /** A network that an engine has loaded. */
    record OfNetwork(LoadedNetwork network) implements Served {
        @Override
        public long weightBytes() {
            return network.weightBytes();
        }

        @Override
        public List<String> plan() {
            return network.plan();
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
        public List<String> plan() {
            return List.of("plain Java, in double");
        }

        @Override
        public void close() {}
    }
}
