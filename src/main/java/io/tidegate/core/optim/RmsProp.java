package io.tidegate.core.optim;

/**
 * RMSProp (Hinton 2012, in PyTorch's form): v = ρ v + (1 − ρ) g², w −= α g / (√v + ε).
 */
public final class RmsProp implements Optimizer {

    private final double decay;
    private final double epsilon;
    private final MomentArrays moments = new MomentArrays("RMSProp", 1); // v

    /** @param decay ρ, called α by PyTorch; the paper's tasks use 0.9 */
    public RmsProp(double decay, double epsilon) {
        this.decay = decay;
        this.epsilon = epsilon;
    }

    @Override
    public void update(double[] weights, double[] gradient, double learningRate) {
        moments.begin(weights.length);
        double[] v = moments.get(0);
        for (int k = 0; k < weights.length; k++) {
            v[k] = decay * v[k] + (1 - decay) * gradient[k] * gradient[k];
            weights[k] -= learningRate * gradient[k] / (Math.sqrt(v[k]) + epsilon);
        }
    }

    @Override
    public Moments moments() {
        return moments.copy();
    }

    @Override
    public void restore(Moments saved) {
        moments.restore(saved);
    }
}
