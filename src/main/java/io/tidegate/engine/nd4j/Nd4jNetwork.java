package io.tidegate.engine.nd4j;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Gradients;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.Objective;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.Schedule;
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
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network in ND4J's memory. Runs share the weights; each borrows buffers of its own, which the next one finds warm.
 *
 * <p>Native code does not notice when arrays are closed under it, so runs hold a lock that changing and closing wait for.
 */
final class Nd4jNetwork implements LoadedNetwork {

    private static final int MOST_IDLE = Runtime.getRuntime().availableProcessors();

    private final NetworkConfig config;
    private final NetworkWeights weights;
    private final int parameters;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final Deque<ForwardLayers> idle = new ArrayDeque<>();
    private final Object trainer = new Object();
    private @Nullable Training training; // made by the first trainer's batch
    private boolean closed;

    Nd4jNetwork(NetworkConfig config, Weights weights) {
        this.config = config;
        this.weights = new NetworkWeights(config);
        this.parameters = weights.layout().size();
        this.weights.load(weights.values());
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
        return weights.bytes();
    }

    @Override
    public Outputs run(Batch batch, States states, Set<Output> wanted) {
        batch.requireFits(config.input());
        states.requireFits(batch, config);
        return whileOpen(lock.readLock(), () -> {
            ForwardLayers layers = borrow(batch.sequences());
            boolean completed = false;
            try {
                Outputs outputs = run(layers, batch, states, wanted);
                completed = true;
                return outputs;
            } finally {
                giveBack(layers, completed);
            }
        });
    }

    private Outputs run(ForwardLayers layers, Batch batch, States states, Set<Output> wanted) {
        Schedule schedule = new Schedule(batch);
        Head head = new Head(config, weights, schedule, wanted);
        layers.begin(schedule, states);
        List<Schedule.Block> windows =
                config.bidirectional() ? List.of(schedule.whole()) : schedule.blocks(schedule.whole());
        for (Schedule.Block window : windows) {
            try (Memory memory = new Memory()) {
                LayerInput x = LayerInput.of(batch, schedule, window, weights, memory);
                INDArray top = layers.run(schedule, window, x, head.readsTop(), memory);
                if (top != null) {
                    head.readWindow(window, top);
                }
            }
        }
        layers.end(schedule, states);
        if (wanted.contains(Output.LOGITS)) {
            try (Memory memory = new Memory()) {
                head.readSummary(layers.summary(schedule.sequences(), memory));
            }
        }
        return head.outputs();
    }

    @Override
    public Gradients backpropagate(Batch batch, States states, Objective objective, Dropout dropout) {
        batch.requireFits(config.input());
        states.requireFits(batch, config);
        return whileOpen(lock.readLock(), () -> {
            synchronized (trainer) {
                return training(batch.sequences()).backpropagate(batch, states, objective, dropout);
            }
        });
    }

    private Training training(int sequences) {
        if (training == null || training.mostSequences() < sequences) {
            if (training != null) {
                training.close();
            }
            training = new Training(config, weights, parameters, roomFor(sequences));
        }
        return training;
    }

    @Override
    public void update(Weights changed) {
        whileOpen(lock.writeLock(), () -> {
            weights.load(changed.values());
            return this;
        });
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                idle.forEach(ForwardLayers::close);
                idle.clear();
                if (training != null) {
                    training.close();
                }
                weights.close();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private <T> T whileOpen(Lock held, Supplier<T> action) {
        held.lock();
        try {
            if (closed) {
                throw new IllegalStateException("nd4j: this network has been closed; load it again");
            }
            return action.get();
        } finally {
            held.unlock();
        }
    }

    private ForwardLayers borrow(int sequences) {
        ForwardLayers layers;
        synchronized (idle) {
            layers = idle.pollFirst();
        }
        if (layers != null && layers.mostSequences() < sequences) {
            layers.close();
            layers = null;
        }
        return layers != null ? layers : new ForwardLayers(config, weights, false, roomFor(sequences));
    }

    private void giveBack(ForwardLayers layers, boolean reusable) {
        synchronized (idle) {
            if (reusable && idle.size() < MOST_IDLE) {
                idle.addFirst(layers);
                return;
            }
        }
        layers.close();
    }

    /** Sequences to make room for, so that batches of slowly growing sizes don't each need buffers of their own. */
    private static int roomFor(int sequences) {
        return sequences == 1 ? 1 : Integer.highestOneBit(sequences - 1) << 1;
    }
}
