package io.tidegate.core.engine;

import io.tidegate.core.network.Dropout;

/** Back-propagation through several batches of one network, whose weights' gradients add up. */
public interface GradientSum {

    /**
     * As {@link LoadedNetwork#backpropagate}, for the next batch.
     *
     * @param first begins a new sum
     * @param last the answer's {@link Gradients#weights} are the sum's; another's aren't to be read
     */
    Gradients add(Batch batch, States states, Objective objective, boolean first, boolean last);

    /** Adds up what a network gives for each batch, for engines that don't do so themselves. */
    final class OfNetwork implements GradientSum {

        private final LoadedNetwork network;
        private double[] sum = {};

        OfNetwork(LoadedNetwork network) {
            this.network = network;
        }

        @Override
        public Gradients add(Batch batch, States states, Objective objective, boolean first, boolean last) {
            Gradients part = network.backpropagate(batch, states, objective, Dropout.NONE);
            if (first) {
                sum = part.weights().clone();
            } else {
                for (int k = 0; k < sum.length; k++) {
                    sum[k] += part.weights()[k];
                }
            }
            return new Gradients(sum, part.input(), part.initialStates());
        }
    }
}
