package io.tidegate.engine.fused;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.States;
import io.tidegate.core.engine.WeightFormat;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** Runs of the fused engine on as many threads as a benchmark says, in place of what its plan would choose. */
public final class SplitRuns {

    private SplitRuns() {}

    /**
     * A network whose plan nobody measures in the background, of kernels that are compiled as the engine has them compiled. By its
     * team's clock every rest is over at once: peers' threads go on spinning after their turn, and crowd the helpers.
     */
    public static LoadedNetwork load(NetworkConfig config, Weights weights, WeightFormat format, int threads) {
        Jit.protectKernels();
        boolean half = format == WeightFormat.BFLOAT16;
        AtomicLong clock = new AtomicLong();
        Team team = new Team(threads, () -> clock.addAndGet(1_000_000_000));
        return new FusedNetwork(config, weights, half, team, new Shards(Runnable::run, 1));
    }

    /** How few rows read panels, as a served network's plan finds out; again, while code is being compiled. */
    public static void learnAbreast(LoadedNetwork network) {
        FusedNetwork fused = (FusedNetwork) network;
        for (int n = 0; n < 20 && !new Plan(fused.config(), false, 1).learnAbreast(fused) || n < 2; n++) {}
    }

    /** @param bySequences each thread does some sequences by itself; else each does some panels of all of them */
    public static Outputs run(
            LoadedNetwork network, Batch batch, States states, Set<Output> wanted, int threads, boolean bySequences) {
        return ((FusedNetwork) network).run(batch, states, wanted, new Split(threads, bySequences));
    }

    /** Billions of additions and products a second of one thread, in fused multiply-adds on registers. */
    public static double peakGflops() {
        double best = 0;
        long since = System.nanoTime();
        while (System.nanoTime() - since < 1_500_000_000L) {
            long began = System.nanoTime();
            sink += fma(100_000);
            best = Math.max(best, 2.0 * 8 * Lanes.FLOATS.length() * 100_000 / (System.nanoTime() - began));
        }
        return best;
    }

    private static volatile float sink;

    private static float fma(int n) {
        var x = jdk.incubator.vector.FloatVector.broadcast(Lanes.FLOATS, 0.999f);
        var a = x;
        var b = x.mul(2);
        var c = x.mul(3);
        var d = x.mul(4);
        var e = x.mul(5);
        var f = x.mul(6);
        var g = x.mul(7);
        var h = x.mul(8);
        for (int k = 0; k < n; k++) {
            a = a.fma(x, x);
            b = b.fma(x, x);
            c = c.fma(x, x);
            d = d.fma(x, x);
            e = e.fma(x, x);
            f = f.fma(x, x);
            g = g.fma(x, x);
            h = h.fma(x, x);
        }
        return a.add(b).add(c).add(d).add(e.add(f).add(g).add(h)).lane(0);
    }

    /** Bytes a nanosecond that one thread reads from memory of a size, over and over. */
    public static double bandwidth(long size) {
        try (OffHeap memory = OffHeap.ofThisThread()) {
            long address = memory.bytes(size);
            double best = 0;
            long since = System.nanoTime();
            while (System.nanoTime() - since < 500_000_000L) {
                long began = System.nanoTime();
                sink += read(address, size);
                best = Math.max(best, (double) size / (System.nanoTime() - began));
            }
            return best;
        }
    }

    private static float read(long address, long size) {
        var a = jdk.incubator.vector.FloatVector.zero(Lanes.FLOATS);
        var b = a;
        var c = a;
        var d = a;
        int step = 4 * Lanes.VECTOR, times = (int) (size / step);
        long at = Lanes.bounded(address);
        for (int k = 0; k < times; k++) {
            a = a.add(Lanes.load(at));
            b = b.add(Lanes.load(at + Lanes.VECTOR));
            c = c.add(Lanes.load(at + 2 * Lanes.VECTOR));
            d = d.add(Lanes.load(at + 3 * Lanes.VECTOR));
            at = Lanes.bounded(at + step);
        }
        return a.add(b).add(c.add(d)).lane(0);
    }
}
