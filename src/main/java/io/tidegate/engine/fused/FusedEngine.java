package io.tidegate.engine.fused;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.WeightFormat;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

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

    private static final long CACHE = 1 << 20;

    private static final long PLAN_AFTER_MILLIS = 3_000;
    private static final int MOST_TRIES = 5;

    private final String description;
    private final ScheduledExecutorService planner = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("fused-planner").factory());
    private final Team team;
    private final Shards shards;
    private final boolean serving;

    private FusedEngine(String description, Team team, Shards shards, boolean serving) {
        this.description = description;
        this.team = team;
        this.shards = shards;
        this.serving = serving;
    }

    /** For serving: large models may be split over {@code threads} threads of the engine's own. */
    public static FusedEngine forServing(int threads) {
        return create(threads, new Shards(Runnable::run, 1), true);
    }

    /** For training: a batch is dealt to {@code threads} of the executor's threads. */
    public static FusedEngine forTraining(Executor executor, int threads) {
        return create(1, new Shards(executor, threads), false);
    }

    /**
     * Checks that the kernels compute rightly and fast enough.
     *
     * @throws IllegalStateException where they don't, with the reason
     */
    private static FusedEngine create(int threads, Shards shards, boolean serving) {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            throw new IllegalStateException(
                    "the Vector API is missing; start with --add-modules jdk.incubator.vector, as tidegate.jvm does");
        }
        String kernels = Jit.protectKernels();
        double speed = SelfTest.run();
        String description =
                "%d-bit vectors, %s, %.0f GFLOP/s in the self-test".formatted(8 * Lanes.VECTOR, kernels, speed);
        return new FusedEngine(description, new Team(threads), shards, serving);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return description;
    }

    /**
     * Neither threads nor vectors: they change no bit. The JDK and the architecture are in it for {@link Math}'s exp and log, which
     * losses use.
     */
    @Override
    public String fingerprint() {
        return "%s/%d java=%d arch=%s"
                .formatted(NAME, VERSION, Runtime.version().feature(), System.getProperty("os.arch"));
    }

    @Override
    public LoadedNetwork load(NetworkConfig config, Weights weights) {
        return load(config, weights, WeightFormat.FLOAT32);
    }

    @Override
    public LoadedNetwork load(NetworkConfig config, Weights weights, WeightFormat format) {
        boolean half = switch (format) {
            case FLOAT32 -> false;
            case BFLOAT16 -> true;
            case AUTO -> outgrowsACache(config);
        };
        FusedNetwork network = new FusedNetwork(config, weights, half, team, shards);
        if (serving && network.worthPlanning()) {
            learnPlan(network, 0);
        }
        return network;
    }

    /** In the background, some seconds after loading, and again if that was too early. */
    private void learnPlan(FusedNetwork network, int tries) {
        var _ = planner.schedule(
                () -> {
                    if (!network.learnPlan() && tries < MOST_TRIES) {
                        learnPlan(network, tries + 1);
                    }
                },
                PLAN_AFTER_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    /** Whether what a step reads of a layer's weights is larger than a core's second-level cache usually is. */
    private static boolean outgrowsACache(NetworkConfig config) {
        return config.layers().stream().anyMatch(layer -> {
            long matrices = layer.cell().memory() == CellType.Memory.FULL ? 7 : 4;
            return matrices * layer.hiddenSize() * layer.hiddenSize() * Float.BYTES > CACHE;
        });
    }

    @Override
    public void close() {
        planner.shutdownNow();
        team.close();
    }
}
