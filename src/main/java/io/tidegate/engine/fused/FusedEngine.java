package io.tidegate.engine.fused;

import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import java.util.concurrent.Executor;

/**
 * The engine for CPUs: Vector API kernels over packed weights, in float32.
 *
 * <p>A sequence's results are the same bit for bit in any batch, in any split of its steps, on any number of threads and on any
 * vector width; so are a training's gradients. It needs {@code --add-modules jdk.incubator.vector}.
 */
public final class FusedEngine implements Engine, AutoCloseable {

    public static final String NAME = "fused";

    /** Changes whenever the engine's bits do. */
    private static final int VERSION = 1;

    private final String description;
    private final Team team;
    private final Shards shards;

    private FusedEngine(String description, Team team, Shards shards) {
        this.description = description;
        this.team = team;
        this.shards = shards;
    }

    /** For serving: large models may be split over {@code threads} threads of the engine's own. */
    public static FusedEngine forServing(int threads) {
        return create(threads, new Shards(Runnable::run, 1));
    }

    /** For training: a batch is dealt to {@code threads} of the executor's threads. */
    public static FusedEngine forTraining(Executor executor, int threads) {
        return create(1, new Shards(executor, threads));
    }

    /**
     * Checks that the kernels compute rightly and fast enough.
     *
     * @throws IllegalStateException where they don't, with the reason
     */
    private static FusedEngine create(int threads, Shards shards) {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            throw new IllegalStateException(
                    "the Vector API is missing; start with --add-modules jdk.incubator.vector, as tidegate.jvm does");
        }
        String kernels = Jit.protectKernels();
        double speed = SelfTest.run();
        String description =
                "%d-bit vectors, %s, %.0f GFLOP/s in the self-test".formatted(8 * Lanes.VECTOR, kernels, speed);
        return new FusedEngine(description, new Team(threads), shards);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return description;
    }

    /** Neither threads nor vectors nor machine: none of them changes a bit. */
    @Override
    public String fingerprint() {
        return NAME + "/" + VERSION;
    }

    @Override
    public LoadedNetwork load(NetworkConfig config, Weights weights) {
        return new FusedNetwork(config, weights, false, team, shards);
    }

    @Override
    public void close() {
        team.close();
    }
}
