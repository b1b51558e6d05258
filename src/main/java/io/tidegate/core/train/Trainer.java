package io.tidegate.core.train;

import io.tidegate.core.network.Weights;
import io.tidegate.core.optim.LearningRate;
import io.tidegate.core.optim.Optimizer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Trains a {@link Learner}: epochs of updates, global-norm clipping, a learning-rate schedule, early stopping on the validation
 * loss, and the best weights kept. Can be stopped between any two updates and its {@link #state} taken; a trainer made the same
 * way that is given it goes on to the same weights, bit for bit, as one that never stopped.
 */
public final class Trainer {

    /**
     * @param clipNorm largest global gradient norm; infinity for no clipping
     * @param patience epochs without a better validation loss before stopping; 0 never stops early
     */
    public record Settings(int epochs, double clipNorm, int patience) {}

    /** How a run ended. */
    public enum Ending {
        EPOCHS_DONE,
        /** Patience ran out. */
        NO_LONGER_BETTER,
        /** The listener asked for it; it can go on. */
        STOPPED
    }

    /**
     * Where a training stands, between two updates.
     *
     * @param batch the epoch's next batch; as many as the epoch has when only its validation is left
     * @param updates done so far
     * @param trained score over the epoch's updates so far
     * @param validated the best validation score; null before the first validation
     * @param sinceBest epochs since then
     */
    public record Position(
            int epoch,
            int batch,
            long updates,
            Score trained,
            @Nullable Score validated,
            int sinceBest) {

        static final Position START = new Position(0, 0, 0, Score.NONE, null, 0);
    }

    /**
     * All that a training is, between two updates.
     *
     * @param carried what the last batch left for the next, by {@link Learner#carried}
     */
    public record State(
            Position position, double[] weights, double[] best, Optimizer.Moments moments, double[] carried) {}

    /** A loss that is no number any more: the weights of the last update are lost, the best ones aren't. */
    public static final class DivergedException extends RuntimeException {

        DivergedException(String when, double loss, double gradientNorm) {
            super("training diverged " + when + ": loss " + loss + ", gradient norm " + gradientNorm
                    + "; try a lower learning rate or a smaller clip norm");
        }
    }

    private final Learner learner;
    private final Optimizer optimizer;
    private final LearningRate learningRate;
    private final Settings settings;
    private final Weights best;
    private Position position = Position.START;
    private double lastNorm;

    public Trainer(Learner learner, Optimizer optimizer, LearningRate learningRate, Settings settings) {
        this.learner = learner;
        this.optimizer = optimizer;
        this.learningRate = learningRate;
        this.settings = settings;
        this.best = learner.weights().copy();
    }

    /** The weights with the lowest validation loss so far; the initial ones before the first validation. */
    public Weights best() {
        return best;
    }

    /** As the last update left them: for whoever listens to look at, not to change. */
    public Weights weights() {
        return learner.weights();
    }

    public Position position() {
        return position;
    }

    /** Updates of all epochs. */
    public long totalUpdates() {
        return (long) settings.epochs() * learner.updatesPerEpoch();
    }

    /** A copy of all that is needed to go on. */
    public State state() {
        return new State(
                position,
                learner.weights().values().clone(),
                best.values().clone(),
                optimizer.moments(),
                learner.carried());
    }

    public void restore(State state) {
        copy(state.weights(), learner.weights().values());
        copy(state.best(), best.values());
        learner.weightsChanged();
        optimizer.restore(state.moments());
        learner.carry(state.carried());
        position = state.position();
    }

    private static void copy(double[] from, double[] to) {
        if (from.length != to.length) {
            throw new IllegalArgumentException("training state: expected " + to.length + " weights, got " + from.length
                    + "; it is of another network");
        }
        System.arraycopy(from, 0, to, 0, to.length);
    }

    /**
     * Trains until the epochs are done, patience ends or the listener asks to stop. Called again, goes on.
     *
     * @throws DivergedException if a loss or a gradient is no longer finite
     */
    public Ending run(TrainingListener listener) {
        if (position.validated() == null) {
            Optional<Score> before = learner.validate(listener::shouldStop);
            if (before.isEmpty()) {
                return Ending.STOPPED;
            }
            requireFinite(before.get(), 0);
            position = new Position(position.epoch(), 0, 0, Score.NONE, before.get(), 0);
            listener.began(before.get());
        }
        while (position.epoch() < settings.epochs()) {
            if (settings.patience() > 0 && position.sinceBest() >= settings.patience()) {
                return Ending.NO_LONGER_BETTER;
            }
            while (position.batch() < learner.updatesPerEpoch()) {
                if (listener.shouldStop()) {
                    return Ending.STOPPED;
                }
                listener.updated(update());
            }
            Optional<Score> validated = learner.validate(listener::shouldStop);
            if (validated.isEmpty()) {
                return Ending.STOPPED;
            }
            listener.epochFinished(epochFinished(validated.get()));
        }
        return Ending.EPOCHS_DONE;
    }

    /** One update: forward, back, clip, step. */
    private TrainingListener.Update update() {
        Position at = position;
        Learner.Lesson lesson = learner.learn(at.epoch(), at.batch());
        lastNorm = GradientClip.clip(lesson.gradient(), settings.clipNorm());
        long number = at.updates() + 1;
        if (!Double.isFinite(lesson.score().loss()) || !Double.isFinite(lastNorm)) {
            throw new DivergedException("at update " + number, lesson.score().loss(), lastNorm);
        }
        double rate = learningRate.at(at.updates());
        optimizer.update(learner.weights().values(), lesson.gradient(), rate);
        learner.weightsChanged();
        Score trained = at.trained().plus(lesson.score());
        position = new Position(at.epoch(), at.batch() + 1, number, trained, at.validated(), at.sinceBest());
        return new TrainingListener.Update(at.epoch(), number, lesson.score(), lesson.steps(), lastNorm, rate);
    }

    private TrainingListener.Epoch epochFinished(Score validated) {
        Position at = position;
        requireFinite(validated, at.updates());
        Score before = at.validated();
        boolean better = before == null || validated.loss() < before.loss();
        if (better) {
            System.arraycopy(learner.weights().values(), 0, best.values(), 0, best.values().length);
        }
        position = new Position(
                at.epoch() + 1,
                0,
                at.updates(),
                Score.NONE,
                better ? validated : before,
                better ? 0 : at.sinceBest() + 1);
        return new TrainingListener.Epoch(at.epoch(), at.updates(), at.trained(), validated, better);
    }

    private void requireFinite(Score validated, long updates) {
        if (!Double.isFinite(validated.loss())) {
            throw new DivergedException("in the validation after update " + updates, validated.loss(), lastNorm);
        }
    }
}
