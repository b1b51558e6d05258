package io.tidegate.core.optim;

import java.util.List;

/** Turns gradients into changes of the weights. Holds its moments; belongs to one trainer. */
public sealed interface Optimizer permits Sgd, RmsProp, Adam, AdamW {

    /**
     * What an optimizer remembers of the gradients it saw.
     *
     * @param updates how many it saw
     * @param arrays its running sums, each in the weights' layout, in an order of its own; none before the first update
     */
    record Moments(long updates, List<double[]> arrays) {
        public Moments {
            arrays = List.copyOf(arrays);
        }
    }

    /**
     * Changes the weights by one update, in place.
     *
     * @param gradient in the weights' layout
     */
    void update(double[] weights, double[] gradient, double learningRate);

    /** A copy of the moments: given to {@link #restore}, the updates that follow are the same bit for bit. */
    Moments moments();

    /**
     * Takes over copied moments of an optimizer of the same kind and settings.
     *
     * @throws IllegalArgumentException if they can't be of one, or not of the weights this one has been changing
     */
    void restore(Moments moments);
}
