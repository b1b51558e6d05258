package io.tidegate.training.recipe;

import static io.tidegate.training.recipe.Parameter.whole;

import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Scale;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.train.Targets;
import io.tidegate.core.train.TrainingBatch;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * The adding problem (Hochreiter and Schmidhuber 1997): each step has a value in [0, 1] and a marker; two steps are marked, one
 * in each half, and their values' sum is asked for at the end.
 */
final class AddingRecipe implements NetworkRecipe {

    /** Variance of the sum of two values uniform in [0, 1]: the error of always saying 1. */
    private static final double TRIVIAL = 1 / 6.0;

    private static final int HELD_OUT = 1000;

    private static final ParameterSet PARAMETERS = new ParameterSet(
            NetworkSettings.with(
                    List.of(
                            whole("steps", 200, 4, 100_000, "T, length of a sequence"),
                            whole("sequencesPerEpoch", 1000, 1, 1_000_000, "fresh sequences in an epoch")),
                    Map.of("epochs", 50L, "batchSize", 50L, "learningRate", 0.002)),
            Map.of(
                    ParameterSet.QUICK,
                    Map.of("steps", 50L, "hiddenSize", 32L, "epochs", 60L, "learningRate", 0.01, "schedule", "cosine"),
                    "full-400",
                    Map.of("steps", 400L),
                    "full-1000",
                    Map.of("steps", 1000L)));

    @Override
    public String name() {
        return "adding";
    }

    @Override
    public String summary() {
        return "The adding problem: remember two marked values over T steps and give their sum.";
    }

    @Override
    public ParameterSet parameters() {
        return PARAMETERS;
    }

    @Override
    public List<String> formats() {
        return List.of();
    }

    @Override
    public Estimate estimate(Assignment assignment) {
        NetworkRecipe.requireNoDataset(this, assignment);
        Parameters p = assignment.parameters();
        NetworkConfig config = new NetworkConfig(new InputConfig.Features(2), NetworkSettings.layers(assignment), 1);
        return Estimate.of(config, (long) p.whole("epochs") * GeneratedBatches.perEpoch(p), p, p.whole("steps"));
    }

    @Override
    public NetworkTask task(Assignment assignment) {
        Parameters p = assignment.parameters();
        int steps = p.whole("steps"), size = p.whole("batchSize");
        GeneratedBatches.Parts parts =
                GeneratedBatches.parts(name(), assignment, HELD_OUT, random -> batch(steps, size, random));
        return new NetworkTask(
                new ModelInput.Features(2, Scale.NONE),
                new ModelOutput.Values(1, Scale.NONE),
                new InputConfig.Features(2),
                1,
                parts.training(),
                parts.validation(),
                parts.test(),
                TaskMetric.meanSquaredError(TRIVIAL),
                "generated: adding, T = " + steps + ", seed " + assignment.seed(),
                Map.of(),
                () -> {});
    }

    private static TrainingBatch batch(int steps, int sequences, RandomGenerator random) {
        float[] features = new float[sequences * steps * 2]; // [sequences · steps, (value, marker)]
        float[] sums = new float[sequences];
        for (int b = 0; b < sequences; b++) {
            int first = b * steps;
            for (int t = 0; t < steps; t++) {
                features[2 * (first + t)] = random.nextFloat();
            }
            for (int marked : new int[] {random.nextInt(steps / 2), random.nextInt(steps / 2, steps)}) {
                features[2 * (first + marked) + 1] = 1;
                sums[b] += features[2 * (first + marked)];
            }
        }
        return new TrainingBatch(
                Batch.uniform(new Batch.Input.Features(features, 2), sequences), new Targets.Values(sums));
    }
}
