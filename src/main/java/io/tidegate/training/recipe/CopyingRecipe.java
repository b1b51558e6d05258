package io.tidegate.training.recipe;

import static io.tidegate.training.recipe.Parameter.whole;

import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.train.Targets;
import io.tidegate.core.train.TrainingBatch;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * The copying problem (Hochreiter and Schmidhuber 1997, in the form of Arjovsky, Shah, Bengio 2016): ten symbols of eight, T
 * steps of nothing with a cue as their last, and then, over ten more steps, the symbols are to be said again. T + 20 steps.
 */
final class CopyingRecipe implements NetworkRecipe {

    private static final int KINDS = 8, SYMBOLS = 10, BLANK = KINDS, CUE = KINDS + 1;
    private static final String VOCABULARY = "abcdefgh_>";
    private static final int HELD_OUT = 512;

    private static final ParameterSet PARAMETERS = new ParameterSet(
            NetworkSettings.with(
                    List.of(
                            whole("steps", 100, 1, 100_000, "T, steps between the symbols and their copy"),
                            whole("sequencesPerEpoch", 12_800, 1, 10_000_000, "fresh sequences in an epoch")),
                    Map.of("epochs", 50L, "optimizer", "rmsprop")),
            Map.of(
                    ParameterSet.QUICK,
                    Map.of(
                            "steps",
                            5L,
                            "hiddenSize",
                            64L,
                            "epochs",
                            30L,
                            "sequencesPerEpoch",
                            3200L,
                            "batchSize",
                            32L,
                            "learningRate",
                            0.004),
                    "full-200",
                    Map.of("steps", 200L),
                    "full-1000",
                    Map.of("steps", 1000L)));

    @Override
    public String name() {
        return "copying";
    }

    @Override
    public String summary() {
        return "The copying problem: say ten symbols again after T steps of nothing.";
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
        NetworkConfig config = new NetworkConfig(
                new InputConfig.Tokens(VOCABULARY.length(), 0), NetworkSettings.layers(assignment), KINDS + 1);
        return Estimate.of(
                config, (long) p.whole("epochs") * GeneratedBatches.perEpoch(p), p, p.whole("steps") + 2L * SYMBOLS);
    }

    @Override
    public NetworkTask task(Assignment assignment) {
        Parameters p = assignment.parameters();
        int steps = p.whole("steps"), size = p.whole("batchSize");
        GeneratedBatches.Parts parts =
                GeneratedBatches.parts(name(), assignment, HELD_OUT, random -> batch(steps, size, random));
        return new NetworkTask(
                new ModelInput.Characters(VOCABULARY),
                new ModelOutput.Labels(List.of("a", "b", "c", "d", "e", "f", "g", "h", "_")),
                new InputConfig.Tokens(VOCABULARY.length(), 0),
                KINDS + 1,
                parts.training(),
                parts.validation(),
                parts.test(),
                // knowing when, but not what: ten steps of eight even chances
                TaskMetric.crossEntropy(SYMBOLS * Math.log(KINDS) / (steps + 2 * SYMBOLS)),
                "generated: copying, T = " + steps + ", seed " + assignment.seed(),
                Map.of(),
                () -> {});
    }

    private static TrainingBatch batch(int steps, int sequences, RandomGenerator random) {
        int length = steps + 2 * SYMBOLS;
        int[] tokens = new int[sequences * length], copies = new int[sequences * length];
        Arrays.fill(tokens, BLANK);
        Arrays.fill(copies, BLANK);
        for (int b = 0; b < sequences; b++) {
            int first = b * length;
            for (int k = 0; k < SYMBOLS; k++) {
                int symbol = random.nextInt(KINDS);
                tokens[first + k] = symbol;
                copies[first + length - SYMBOLS + k] = symbol;
            }
            tokens[first + SYMBOLS + steps - 1] = CUE;
        }
        return new TrainingBatch(
                Batch.uniform(new Batch.Input.Tokens(tokens), sequences), new Targets.StepLabels(copies));
    }
}
