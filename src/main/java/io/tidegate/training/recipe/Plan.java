package io.tidegate.training.recipe;

import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.Provenance;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.network.Weights;
import io.tidegate.core.optim.LearningRate;
import io.tidegate.core.optim.Optimizer;
import io.tidegate.core.train.GateAnalysis;
import io.tidegate.core.train.GradientFlow;
import io.tidegate.core.train.Learner;
import io.tidegate.core.train.Trainer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;

/** One training, ready to begin, with its data open. The same assignment gives the same plan, bit for bit. */
public interface Plan extends AutoCloseable {

    /** The model.json of what comes out. */
    ModelDescriptor model(String name, Provenance training);

    /** Digest of the data it learns from, {@code sha256:…}, or how they are made up. */
    String data();

    /** What else a user of the model must know, for its card. */
    Map<String, Object> facts();

    /** A learner with the initial weights. The caller closes it. */
    Learner learner(Engine engine);

    /** A new one. */
    Optimizer optimizer();

    LearningRate learningRate();

    Trainer.Settings settings();

    TaskMetric metric();

    /** Scores on data that neither training nor the choice of the best weights has seen, by name: {@code test.accuracy} … */
    SortedMap<String, Double> test(Engine engine, Weights weights);

    /** The metric that a published model has on this plan's validation data; empty if it doesn't take them. */
    OptionalDouble validation(Engine engine, Checkpoint published);

    /** How the gates behave over a few sequences of the validation data, a record a direction; none for other networks. */
    default List<GateAnalysis> gates(Weights weights) {
        return List.of();
    }

    /** How far back the loss reaches over the same sequences; empty likewise. */
    default Optional<GradientFlow> gradientFlow(Weights weights) {
        return Optional.empty();
    }

    @Override
    void close();
}
