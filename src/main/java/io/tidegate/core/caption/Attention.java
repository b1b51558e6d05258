package io.tidegate.core.caption;

import static java.lang.Math.exp;
import static java.lang.Math.tanh;

import io.tidegate.core.cell.Matrix;

/**
 * Additive attention to an image's regions, of which there may be any number.
 *
 * <pre>
 *   u_r = tanh(W_va v_r + W_ha h)
 *   e_r = w_a · u_r
 *   α = softmax(e)
 *   v̂ = Σ_r α_r v_r
 * </pre>
 *
 * Source: Bahdanau, Cho, Bengio 2015; in this form Anderson et al. 2018, equations 3 to 5.
 */
final class Attention {

    /**
     * One look.
     *
     * @param u [regions][A]
     * @param alpha each region's share, [regions]
     * @param seen v̂, [F]
     */
    record Look(double[][] u, double[] alpha, double[] seen) {}

    private final Matrix va; // [A, F]
    private final Matrix ha; // [A, H]
    private final double[] wa; // [A]
    private final int waAt; // offset among the weights

    Attention(Matrix va, Matrix ha, double[] wa, int waAt) {
        this.va = va;
        this.ha = ha;
        this.wa = wa;
        this.waAt = waAt;
    }

    /** W_va v_r of each region, once for all words, [regions][A]. */
    double[][] project(double[][] regions) {
        double[][] projected = new double[regions.length][va.rows()];
        for (int r = 0; r < regions.length; r++) {
            va.addProduct(regions[r], projected[r]);
        }
        return projected;
    }

    Look look(double[][] regions, double[][] projected, double[] h) {
        double[] query = new double[ha.rows()];
        ha.addProduct(h, query);
        double[][] u = new double[regions.length][query.length];
        double[] alpha = new double[regions.length];
        double max = Double.NEGATIVE_INFINITY;
        for (int r = 0; r < regions.length; r++) {
            for (int a = 0; a < query.length; a++) {
                u[r][a] = tanh(projected[r][a] + query[a]);
                alpha[r] += wa[a] * u[r][a];
            }
            max = Math.max(max, alpha[r]);
        }
        double sum = 0;
        for (int r = 0; r < alpha.length; r++) {
            alpha[r] = exp(alpha[r] - max);
            sum += alpha[r];
        }
        double[] seen = new double[va.columns()];
        for (int r = 0; r < alpha.length; r++) {
            alpha[r] /= sum;
            for (int k = 0; k < seen.length; k++) {
                seen[k] += alpha[r] * regions[r][k];
            }
        }
        return new Look(u, alpha, seen);
    }

    /**
     * @param dSeen ∂L/∂v̂, in its first F places
     * @param dh receives, added, ∂L/∂h
     * @param dProjected receives, added, ∂L/∂ what {@link #project} gave, [regions][A]
     * @param gradient receives, added, ∂L/∂w_a
     * @return ∂L/∂(W_ha h), [A]
     */
    double[] backward(
            double[][] regions, Look look, double[] dSeen, double[] dh, double[][] dProjected, double[] gradient) {
        double[] dAlpha = new double[regions.length], dQuery = new double[wa.length];
        double mean = 0; // Σ α dα
        for (int r = 0; r < regions.length; r++) {
            for (int k = 0; k < va.columns(); k++) {
                dAlpha[r] += dSeen[k] * regions[r][k];
            }
            mean += look.alpha()[r] * dAlpha[r];
        }
        for (int r = 0; r < regions.length; r++) {
            double de = look.alpha()[r] * (dAlpha[r] - mean);
            for (int a = 0; a < wa.length; a++) {
                double u = look.u()[r][a], du = de * wa[a] * (1 - u * u);
                gradient[waAt + a] += de * u;
                dProjected[r][a] += du;
                dQuery[a] += du;
            }
        }
        ha.addTransposedProduct(dQuery, dh);
        return dQuery;
    }

    /** Adds both matrices' part of a whole caption to the gradient; {@code h} and {@code dQuery} are [steps][…]. */
    void addGradient(double[][] regions, double[][] dProjected, double[][] h, double[][] dQuery, double[] gradient) {
        va.addGradient(dProjected, regions, gradient);
        ha.addGradient(dQuery, h, gradient);
    }
}
