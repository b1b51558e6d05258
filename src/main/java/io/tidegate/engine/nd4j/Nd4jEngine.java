package io.tidegate.engine.nd4j;

import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;

/**
 * Batched products and in-place elementwise operations on ND4J, in float32, on whichever of its backends is on the class path.
 *
 * <p>It is at its best with many sequences at a time. A sequence's results may differ in the last bits with the size of the
 * batch it is in, because the BLAS beneath chooses its way by size.
 */
public final class Nd4jEngine implements Engine {

    public static final String NAME = "nd4j";

    /** Changes whenever the engine's bits do, whatever ND4J's version. */
    private static final int VERSION = 1;

    private final Nd4jBackend backend;

    private Nd4jEngine(Nd4jBackend backend) {
        this.backend = backend;
    }

    /**
     * Loads ND4J and its native library, which takes a second or two the first time, and checks that it computes rightly.
     *
     * <p>One operation uses one thread: the setting is the whole process's, and more than one spin as they wait for each other, which
     * was slower than one wherever it was measured.
     *
     * @throws IllegalStateException where it can't be loaded or computes wrongly, with the cause
     */
    public static Nd4jEngine create() {
        return new Nd4jEngine(Nd4jBackend.start());
    }

    public Nd4jBackend backend() {
        return backend;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "%s, %s, %d thread%s per operation, started in %d ms"
                .formatted(
                        backend.device(),
                        backend.blas(),
                        backend.threads(),
                        backend.threads() == 1 ? "" : "s",
                        backend.startup().toMillis());
    }

    @Override
    public String fingerprint() {
        return "%s/%d nd4j=%s %s blas=%s threads=%d"
                .formatted(NAME, VERSION, backend.version(), backend.device(), backend.kernels(), backend.threads());
    }

    @Override
    public LoadedNetwork load(NetworkConfig config, Weights weights) {
        return new Nd4jNetwork(config, weights);
    }
}
