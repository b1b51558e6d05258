package io.tidegate.core.optim;

/** Turns gradients into changes of the weights. Holds its moments; belongs to one trainer. */
public sealed interface Optimizer permits Sgd, RmsProp, Adam, AdamW {

    /**
     * Changes the weights by one update, in place.
     *
     * @param gradient in the weights' layout
     */
    void update(double[] weights, double[] gradient, double learningRate);
}
