package io.tidegate.core.train;

import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.Gradients;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** A network on an engine, with its batches. */
public final class NetworkLearner implements Learner {

    private final LoadedNetwork network;
    private final Weights weights;
    private final Batches training;
    private final Batches validation;
    private final double dropout;
    private final long seed;
    private States states;

    // where the iterator stands: the next batch it gives
    private Iterator<TrainingBatch> batches = Collections.emptyIterator();
    private int epoch = -1;
    private int next;

    /** @param weights taken over, and changed by training */
    public NetworkLearner(Engine engine, NetworkConfig config, Weights weights, Batches training, Batches validation) {
        this(engine.load(config, weights), weights, training, validation, 0, 0);
    }

    /**
     * @param network with these weights; closed with this learner
     * @param weights changed by training
     * @param dropout share of each layer's outputs that is dropped in training
     * @param seed of what is dropped
     */
    public NetworkLearner(
            LoadedNetwork network, Weights weights, Batches training, Batches validation, double dropout, long seed) {
        this.network = network;
        this.weights = weights;
        this.training = training;
        this.validation = validation;
        this.dropout = dropout;
        this.seed = seed;
        this.states = network.zeroStates(0);
    }

    @Override
    public Weights weights() {
        return weights;
    }

    @Override
    public void weightsChanged() {
        network.update(weights);
    }

    @Override
    public int updatesPerEpoch() {
        return training.perEpoch();
    }

    @Override
    public Lesson learn(int epoch, int index) {
        TrainingBatch batch = batch(epoch, index);
        states = carried(network, batch, states);
        Loss loss = new Loss(batch.targets(), network.config().outputs());
        Gradients gradients = network.backpropagate(batch.batch(), states, loss, dropout(epoch, index));
        return new Lesson(gradients.weights(), loss.score(), batch.batch().totalSteps());
    }

    private Dropout dropout(int epoch, int index) {
        if (dropout == 0) {
            return Dropout.NONE;
        }
        long update = (long) epoch * training.perEpoch() + index;
        return new Dropout(dropout, Seeds.generator(seed, "dropout", update).nextLong());
    }

    private TrainingBatch batch(int wantedEpoch, int index) {
        if (wantedEpoch != epoch || index < next) {
            batches = training.epoch(wantedEpoch).iterator();
            epoch = wantedEpoch;
            next = 0;
        }
        while (next < index) {
            batches.next();
            next++;
        }
        next++;
        return batches.next();
    }

    @Override
    public Optional<Score> validate(BooleanSupplier stop) {
        return score(network, validation, stop);
    }

    /** The score over a first epoch of batches, states carried as in training, without changing anything. */
    public static Score evaluate(LoadedNetwork network, Batches batches) {
        return score(network, batches, () -> false).orElseThrow();
    }

    private static Optional<Score> score(LoadedNetwork network, Batches batches, BooleanSupplier stop) {
        Score sum = Score.NONE;
        States states = network.zeroStates(0);
        for (TrainingBatch batch : batches.epoch(0)) {
            if (stop.getAsBoolean()) {
                return Optional.empty();
            }
            states = carried(network, batch, states);
            Loss loss = new Loss(batch.targets(), network.config().outputs());
            sum = sum.plus(loss.score(network.run(batch.batch(), states, loss.reads())));
        }
        return Optional.of(sum);
    }

    /** The states a batch begins with: those that {@code before} ended with where it continues, else zero. */
    private static States carried(LoadedNetwork network, TrainingBatch batch, States before) {
        States states = network.zeroStates(batch.batch().sequences());
        for (int b = 0; b < batch.continues().length; b++) {
            if (batch.continues()[b]) {
                for (int k = 0; k < states.size(); k++) {
                    states.set(b, k, before.get(b, k));
                }
            }
        }
        return states;
    }

    /** The streams' states, [sequences · state size]. */
    @Override
    public double[] carried() {
        double[] carried = new double[states.rows() * states.size()];
        for (int k = 0; k < carried.length; k++) {
            carried[k] = states.get(k / states.size(), k % states.size());
        }
        return carried;
    }

    @Override
    public void carry(double[] carried) {
        int size = network.config().stateSize();
        states = network.zeroStates(carried.length / size);
        for (int k = 0; k < carried.length; k++) {
            states.set(k / size, k % size, carried[k]);
        }
    }

    @Override
    public void close() {
        network.close();
    }
}
