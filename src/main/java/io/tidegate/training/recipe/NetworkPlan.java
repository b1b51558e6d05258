package io.tidegate.training.recipe;

import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.Provenance;
import io.tidegate.core.engine.ActivationCheckpointing;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.network.Network;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import io.tidegate.core.optim.LearningRate;
import io.tidegate.core.optim.Optimizer;
import io.tidegate.core.train.GateAnalysis;
import io.tidegate.core.train.GradientFlow;
import io.tidegate.core.train.Learner;
import io.tidegate.core.train.NetworkLearner;
import io.tidegate.core.train.Score;
import io.tidegate.core.train.Seeds;
import io.tidegate.core.train.Trainer;
import io.tidegate.core.train.TrainingBatch;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/** The plan of every task that is learned by a stacked network on an engine. */
final class NetworkPlan implements Plan {

    /** Sequences that an analysis reads, and points over time that it keeps. */
    private static final int ANALYSED = 4, POINTS = 100;

    private final Assignment assignment;
    private final NetworkTask task;
    private final NetworkConfig config;

    NetworkPlan(Assignment assignment, NetworkTask task) {
        this.assignment = assignment;
        this.task = task;
        this.config = new NetworkConfig(task.reads(), NetworkSettings.layers(assignment), task.outputs());
    }

    @Override
    public ModelDescriptor model(String name, Provenance training) {
        return new ModelDescriptor(name, task.input(), config.layers(), task.output(), null, training);
    }

    @Override
    public String data() {
        return task.data();
    }

    @Override
    public Map<String, Object> facts() {
        return task.facts();
    }

    @Override
    public Learner learner(Engine engine) {
        Weights weights = NetworkSettings.initialization(assignment.parameters())
                .weights(config, Seeds.generator(assignment.seed(), "weights", 0));
        Parameters p = assignment.parameters();
        LoadedNetwork network = engine.load(config, weights);
        if (NetworkSettings.activationCheckpointing(p)) {
            network = new ActivationCheckpointing(network);
        }
        return new NetworkLearner(
                network, weights, task.training(), task.validation(), p.real("dropout"), assignment.seed());
    }

    @Override
    public Optimizer optimizer() {
        return NetworkSettings.optimizer(assignment.parameters());
    }

    @Override
    public LearningRate learningRate() {
        long updates = (long) settings().epochs() * task.training().perEpoch();
        return NetworkSettings.learningRate(assignment.parameters(), updates);
    }

    @Override
    public Trainer.Settings settings() {
        return NetworkSettings.settings(assignment.parameters());
    }

    @Override
    public TaskMetric metric() {
        return task.metric();
    }

    @Override
    public SortedMap<String, Double> test(Engine engine, Weights weights) {
        try (LoadedNetwork network = engine.load(config, weights)) {
            Score score = NetworkLearner.evaluate(network, task.test());
            SortedMap<String, Double> scores = new TreeMap<>();
            scores.put("test.loss", score.loss());
            scores.put("test." + metric().name(), metric().of().applyAsDouble(score));
            return scores;
        }
    }

    @Override
    public OptionalDouble validation(Engine engine, Checkpoint published) {
        ModelDescriptor other = published.descriptor();
        if (!other.input().equals(task.input()) || !other.output().equals(task.output())) {
            return OptionalDouble.empty();
        }
        try (LoadedNetwork network = engine.load(published.config(), published.weights())) {
            Score score = NetworkLearner.evaluate(network, task.validation());
            return OptionalDouble.of(metric().of().applyAsDouble(score));
        }
    }

    @Override
    public List<GateAnalysis> gates(Weights weights) {
        return GateAnalysis.of(new Network(config, weights), analysed().batch(), POINTS);
    }

    @Override
    public Optional<GradientFlow> gradientFlow(Weights weights) {
        TrainingBatch batch = analysed();
        return Optional.of(GradientFlow.of(new Network(config, weights), batch.batch(), batch.targets(), POINTS));
    }

    private TrainingBatch analysed() {
        return task.validation().epoch(0).iterator().next().first(ANALYSED);
    }

    @Override
    public void close() {
        task.close().run();
    }
}
