package io.tidegate.benchmark;

import io.tidegate.core.engine.ActivationCheckpointing;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.network.Weights;
import io.tidegate.core.optim.Adam;
import io.tidegate.core.optim.LearningRate;
import io.tidegate.core.train.Batches;
import io.tidegate.core.train.NetworkLearner;
import io.tidegate.core.train.Score;
import io.tidegate.core.train.Targets;
import io.tidegate.core.train.Trainer;
import io.tidegate.core.train.TrainingBatch;
import io.tidegate.core.train.TrainingListener;
import java.util.Collections;

/** The product's own way to train, as its jobs do it. */
final class TidegateTraining implements Training, TrainingListener {

    private final NetworkLearner learner;
    private final Trainer trainer;
    private boolean stop;
    private double loss;

    TidegateTraining(Engine engine, Task task, boolean activationCheckpointing) {
        Weights weights = task.initial().copy();
        LoadedNetwork network = engine.load(task.config(), weights);
        TrainingBatch batch = new TrainingBatch(task.batch(), new Targets.StepLabels(task.labels()));
        learner = new NetworkLearner(
                activationCheckpointing ? new ActivationCheckpointing(network) : network,
                weights,
                new Repeated(batch, Integer.MAX_VALUE),
                new Repeated(batch.first(1), 1),
                0,
                0);
        trainer = new Trainer(
                learner,
                new Adam(),
                new LearningRate.Constant(Task.LEARNING_RATE),
                new Trainer.Settings(1, Task.CLIP_NORM, 0));
        trainer.run(this); // validates the initial weights, and stops there
    }

    @Override
    public double update() {
        stop = false;
        trainer.run(this);
        return loss;
    }

    @Override
    public void began(Score validation) {
        stop = true;
    }

    @Override
    public void updated(Update update) {
        loss = update.score().loss();
        stop = true;
    }

    @Override
    public boolean shouldStop() {
        return stop;
    }

    @Override
    public void close() {
        learner.close();
    }

    private record Repeated(TrainingBatch batch, int perEpoch) implements Batches {
        @Override
        public Iterable<TrainingBatch> epoch(int epoch) {
            return Collections.nCopies(perEpoch, batch);
        }
    }
}
