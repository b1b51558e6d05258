package io.tidegate.core.optim;

/**
 * Stochastic gradient descent with momentum μ: v = μ v + g, w −= α v.
 */
public final class Sgd implements Optimizer {

    private final double momentum;
    private double[] v = {};

    public Sgd(double momentum) {
        this.momentum = momentum;
    }

    @Override
    public void update(double[] weights, double[] gradient, double learningRate) {
        v = v.length == 0 ? new double[weights.length] : v;
        for (int k = 0; k < weights.length; k++) {
            v[k] = momentum * v[k] + gradient[k];
            weights[k] -= learningRate * v[k];
        }
    }
}
