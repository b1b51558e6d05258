package io.tidegate.core.train;

import io.tidegate.core.engine.Gradients;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.Weights;
import io.tidegate.core.optim.LearningRate;
import io.tidegate.core.optim.Optimizer;

/**
 * Trains a network on an engine: epochs over batches, global-norm clipping, a learning-rate schedule, early stopping on the
 * validation loss, and the best weights kept. Everything random lies in the initial weights and the {@link Batches}.
 */
public final class Trainer {

    /**
     * @param clipNorm largest global gradient norm; infinity for no clipping
     * @param patience epochs without a better validation loss before stopping; 0 never stops early
     */
    public record Settings(int epochs, double clipNorm, int patience) {}

    /**
     * @param best the weights with the lowest validation loss
     * @param epochs epochs finished
     * @param stopped whether the listener ended it
     */
    public record Result(Weights best, Score validation, int epochs, boolean stopped) {}

    /** A loss that is no number any more: the weights of the last update are lost, the best ones aren't. */
    public static final class DivergedException extends RuntimeException {

        private final transient Weights best;

        DivergedException(long update, double loss, double gradientNorm, Weights best) {
            super("training diverged at update " + update + ": loss " + loss + ", gradient norm " + gradientNorm
                    + "; try a lower learning rate or a smaller clip norm");
            this.best = best;
        }

        public Weights best() {
            return best;
        }
    }

    private final LoadedNetwork network;
    private final Weights weights;
    private final Optimizer optimizer;
    private final LearningRate learningRate;
    private final double clipNorm;
    private long updates;

    /**
     * @param network loaded with {@code weights}
     * @param weights changed in place by each update
     */
    public Trainer(
            LoadedNetwork network, Weights weights, Optimizer optimizer, LearningRate learningRate, double clipNorm) {
        this.network = network;
        this.weights = weights;
        this.optimizer = optimizer;
        this.learningRate = learningRate;
        this.clipNorm = clipNorm;
    }

    /** Trains until the epochs are done, patience ends or the listener asks to stop. */
    public Result fit(Batches training, Batches validation, Settings settings, TrainingListener listener) {
        Weights best = weights.copy();
        Score bestScore = evaluate(network, validation);
        int sinceBest = 0;
        for (int epoch = 0; epoch < settings.epochs(); epoch++) {
            Score trained = epoch(training, epoch, best, listener);
            if (listener.shouldStop()) {
                return new Result(best, bestScore, epoch, true);
            }
            Score validated = evaluate(network, validation);
            boolean better = validated.loss() < bestScore.loss();
            if (better) {
                best = weights.copy();
                bestScore = validated;
            }
            sinceBest = better ? 0 : sinceBest + 1;
            listener.epochFinished(new TrainingListener.Epoch(epoch, trained, validated, better));
            if (settings.patience() > 0 && sinceBest >= settings.patience()) {
                return new Result(best, bestScore, epoch + 1, false);
            }
        }
        return new Result(best, bestScore, settings.epochs(), false);
    }

    private Score epoch(Batches training, int epoch, Weights best, TrainingListener listener) {
        Score sum = Score.NONE;
        States states = network.zeroStates(0);
        for (TrainingBatch batch : training.epoch(epoch)) {
            if (listener.shouldStop()) {
                return sum;
            }
            states = carried(network, batch, states);
            TrainingListener.Update update = update(epoch, batch, states, best);
            sum = sum.plus(update.score());
            listener.updated(update);
        }
        return sum;
    }

    /** One update: forward, back, clip, step. */
    private TrainingListener.Update update(int epoch, TrainingBatch batch, States states, Weights best) {
        Loss loss = new Loss(batch.targets(), network.config().outputs());
        Gradients gradients = network.backpropagate(batch.batch(), states, loss);
        double norm = GradientClip.clip(gradients.weights(), clipNorm);
        if (!Double.isFinite(loss.score().loss()) || !Double.isFinite(norm)) {
            throw new DivergedException(updates + 1, loss.score().loss(), norm, best);
        }
        double rate = learningRate.at(updates++);
        optimizer.update(weights.values(), gradients.weights(), rate);
        network.update(weights);
        return new TrainingListener.Update(epoch, updates, loss.score(), norm, rate);
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

    /** The score over a first epoch of batches, states carried as in training, without changing anything. */
    public static Score evaluate(LoadedNetwork network, Batches batches) {
        Score sum = Score.NONE;
        States states = network.zeroStates(0);
        for (TrainingBatch batch : batches.epoch(0)) {
            states = carried(network, batch, states);
            Loss loss = new Loss(batch.targets(), network.config().outputs());
            sum = sum.plus(loss.score(network.run(batch.batch(), states, loss.reads())));
        }
        return sum;
    }
}
