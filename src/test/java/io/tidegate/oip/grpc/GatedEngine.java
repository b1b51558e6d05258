package io.tidegate.oip.grpc;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.ForwardingNetwork;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.ReferenceEngine;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** The reference engine, whose runs wait at a gate that the test opens for one, or for all. */
final class GatedEngine implements Engine {

    private static final int ALL = 1_000_000;

    private final ReferenceEngine inner = new ReferenceEngine();
    private final Semaphore gate = new Semaphore(ALL, true);
    private final AtomicInteger atTheGate = new AtomicInteger();
    private final List<Integer> rows = new CopyOnWriteArrayList<>();

    void shut() {
        gate.drainPermits();
        rows.clear();
    }

    void let(int runs) {
        gate.release(runs);
    }

    void open() {
        gate.release(ALL);
    }

    /** Runs that wait. */
    int atTheGate() {
        return atTheGate.get();
    }

    /** How many sequences each run since the gate was shut had. */
    List<Integer> rows() {
        return rows;
    }

    @Override
    public String name() {
        return "gated";
    }

    @Override
    public String fingerprint() {
        return "gated";
    }

    @Override
    public LoadedNetwork load(NetworkConfig config, Weights weights) {
        return new Gated(inner.load(config, weights));
    }

    private final class Gated extends ForwardingNetwork {

        Gated(LoadedNetwork network) {
            super(network);
        }

        @Override
        public Outputs run(Batch batch, States states, Set<Output> wanted) {
            atTheGate.incrementAndGet();
            gate.acquireUninterruptibly();
            atTheGate.decrementAndGet();
            rows.add(batch.sequences());
            return network.run(batch, states, wanted);
        }
    }
}
