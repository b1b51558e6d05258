package io.tidegate.engine.fused;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.GradientSum;
import io.tidegate.core.engine.Gradients;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.Objective;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A network in packed panels. Runs share the weights; each borrows buffers of its own, which the next one finds warm.
 *
 * <p>Kernels don't notice when memory is freed under them, so runs hold a lock that changing and closing wait for.
 */
final class FusedNetwork implements LoadedNetwork {

    private static final int MOST_IDLE = 2 * Runtime.getRuntime().availableProcessors();

    private final NetworkConfig config;
    private final NetworkPanels panels;
    private final Team team;
    private final Plan plan;
    private final Shards shards;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final Deque<NetworkRun> idle = new ArrayDeque<>();
    private final Object trainer = new Object();
    private @Nullable Training training; // made by the first trainer's batch
    private Weights weights;
    private volatile boolean closed;

    FusedNetwork(NetworkConfig config, Weights weights, boolean half, Team team, Shards shards) {
        this.config = config;
        this.weights = weights;
        this.panels = new NetworkPanels(config, weights, half);
        this.team = team;
        this.plan = new Plan(config, half, team.size());
        this.shards = shards;
    }

    @Override
    public NetworkConfig config() {
        return config;
    }

    @Override
    public States.Precision precision() {
        return States.Precision.FLOAT32;
    }

    @Override
    public long weightBytes() {
        return panels.bytes();
    }

    @Override
    public Outputs run(Batch batch, States states, Set<Output> wanted) {
        if (shards.count() > 1 && batch.sequences() > 1) {
            DealtBatch dealt = new DealtBatch(this, batch, states, wanted, shards.count());
            shards.each(dealt::run);
            return dealt.outputs();
        }
        return run(batch, states, wanted, plan.split(batch.sequences()));
    }

    /** The same with a split of the caller's; whole if the helpers are busy. */
    Outputs run(Batch batch, States states, Set<Output> wanted, Split split) {
        if (split.bySequences() && batch.sequences() >= split.parts() && team.take()) {
            DealtBatch dealt = new DealtBatch(this, batch, states, wanted, split.parts());
            team.runAndGiveBack(split.parts(), part -> dealt.run(part.id()));
            return dealt.outputs();
        }
        batch.requireFits(config.input());
        states.requireFits(batch, config);
        return whileOpen(lock.readLock(), () -> {
            NetworkRun run = borrow(batch.sequences());
            boolean completed = false;
            try (NetworkRun.Job job = run.job(batch, states, wanted)) {
                if (split.parts() > 1 && !split.bySequences() && team.take()) {
                    team.runAndGiveBack(split.parts(), job::run);
                } else {
                    job.run(Part.whole());
                }
                completed = true;
                return job.outputs();
            } finally {
                giveBack(run, completed);
            }
        });
    }

    @Override
    public List<String> plan() {
        return plan.described();
    }

    /** See {@link PackedMatrix#fitAbreast}. */
    boolean fitsAbreast() {
        return panels.fitAbreast();
    }

    void setAbreast(boolean abreast) {
        panels.setAbreast(abreast);
    }

    /** Whether so large a network has anything to choose. */
    boolean worthPlanning() {
        return plan.open(panels.bytes());
    }

    /**
     * Finds out what is best for which batches.
     *
     * @return whether that is known now; also where the network has been closed meanwhile
     */
    boolean learnPlan() {
        try {
            return plan.learn(this);
        } catch (IllegalStateException e) {
            if (closed) {
                return true;
            }
            throw e;
        }
    }

    @Override
    public Gradients backpropagate(Batch batch, States states, Objective objective, Dropout dropout) {
        return backpropagate(batch, states, objective, dropout, true, true);
    }

    @Override
    public GradientSum gradientSum() {
        return (batch, states, objective, first, last) ->
                backpropagate(batch, states, objective, Dropout.NONE, first, last);
    }

    private Gradients backpropagate(
            Batch batch, States states, Objective objective, Dropout dropout, boolean first, boolean last) {
        batch.requireFits(config.input());
        states.requireFits(batch, config);
        return whileOpen(lock.readLock(), () -> {
            synchronized (trainer) {
                if (training == null) {
                    training = new Training(panels, weights, shards);
                }
                return training.backpropagate(batch, states, objective, dropout, first, last);
            }
        });
    }

    @Override
    public void update(Weights changed) {
        whileOpen(lock.writeLock(), () -> {
            weights = changed;
            if (training != null) {
                training.update(changed);
            } else {
                panels.packing(changed).forEach(Runnable::run);
            }
            return this;
        });
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                idle.forEach(NetworkRun::close);
                idle.clear();
                if (training != null) {
                    training.close();
                }
                panels.close();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private <T> T whileOpen(Lock held, Supplier<T> action) {
        held.lock();
        try {
            if (closed) {
                throw new IllegalStateException("fused: this network has been closed; load it again");
            }
            return action.get();
        } finally {
            held.unlock();
        }
    }

    private NetworkRun borrow(int sequences) {
        NetworkRun run;
        synchronized (idle) {
            run = idle.pollFirst();
        }
        if (run != null && run.sequences() < sequences) {
            run.close();
            run = null;
        }
        return run != null ? run : new NetworkRun(panels, roomFor(sequences));
    }

    private void giveBack(NetworkRun run, boolean reusable) {
        synchronized (idle) {
            if (reusable && idle.size() < MOST_IDLE) {
                idle.addFirst(run);
                return;
            }
        }
        run.close();
    }

    /** Sequences to make room for, so that batches of slowly growing sizes don't each need buffers of their own. */
    private static int roomFor(int sequences) {
        return sequences == 1 ? 1 : Integer.highestOneBit(sequences - 1) << 1;
    }
}
