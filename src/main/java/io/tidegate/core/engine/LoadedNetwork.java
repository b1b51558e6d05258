package io.tidegate.core.engine;

import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import java.util.List;
import java.util.Set;

/**
 * A network whose weights an engine has moved and packed. Threads may share it for {@link #run}; {@link #backpropagate} and
 * {@link #update} belong to one trainer.
 */
public interface LoadedNetwork extends AutoCloseable {

    NetworkConfig config();

    /** The precision of this engine's {@link States}. */
    States.Precision precision();

    /** Memory that the packed weights take, in bytes. */
    long weightBytes();

    /** How it has learned to run on this machine, in words for a model's card. */
    default List<String> plan() {
        return List.of();
    }

    /** Zero states for so many sequences. */
    default States zeroStates(int sequences) {
        return States.zero(precision(), sequences, config().stateSize());
    }

    /**
     * Runs a batch. A sequence's results don't depend on its batch-mates.
     *
     * @param states one row a sequence: the states before, and when this returns, those after
     */
    Outputs run(Batch batch, States states, Set<Output> wanted);

    /**
     * Runs a batch forward, asks the objective for its gradient, and propagates it back.
     *
     * @param states as in {@link #run}
     * @param dropout applied to each layer's output before the next layer or the head reads it, so that the objective's
     *     outputs have felt it too
     */
    Gradients backpropagate(Batch batch, States states, Objective objective, Dropout dropout);

    /** The same without dropout. */
    default Gradients backpropagate(Batch batch, States states, Objective objective) {
        return backpropagate(batch, states, objective, Dropout.NONE);
    }

    /** For batches whose weights' gradients are wanted together. One at a time, and nothing else of the trainer's meanwhile. */
    default GradientSum gradientSum() {
        return new GradientSum.OfNetwork(this);
    }

    /** Takes over changed weights, as after an optimizer's update. */
    void update(Weights weights);

    @Override
    void close();
}
