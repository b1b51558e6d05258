package io.tidegate.core.optim;

/**
 * Adam with bias correction (Kingma and Ba 2015), at update n:
 *
 * <pre>
 *   m = β₁ m + (1 − β₁) g          m̂ = m / (1 − β₁ⁿ)
 *   v = β₂ v + (1 − β₂) g²         v̂ = v / (1 − β₂ⁿ)
 *   w −= α m̂ / (√v̂ + ε)
 * </pre>
 */
public final class Adam implements Optimizer {

    private final double beta1;
    private final double beta2;
    private final double epsilon;
    private final MomentArrays moments = new MomentArrays("Adam", 2); // m, v

    public Adam(double beta1, double beta2, double epsilon) {
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.epsilon = epsilon;
    }

    /** β₁ = 0.9, β₂ = 0.999, ε = 1e-8. */
    public Adam() {
        this(0.9, 0.999, 1e-8);
    }

    @Override
    public void update(double[] weights, double[] gradient, double learningRate) {
        double n = (double) moments.begin(weights.length);
        double[] m = moments.get(0), v = moments.get(1);
        double correction1 = 1 - Math.pow(beta1, n), correction2 = 1 - Math.pow(beta2, n);
        for (int k = 0; k < weights.length; k++) {
            m[k] = beta1 * m[k] + (1 - beta1) * gradient[k];
            v[k] = beta2 * v[k] + (1 - beta2) * gradient[k] * gradient[k];
            weights[k] -= learningRate * (m[k] / correction1) / (Math.sqrt(v[k] / correction2) + epsilon);
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
