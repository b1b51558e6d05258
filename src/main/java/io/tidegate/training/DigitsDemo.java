package io.tidegate.training;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.optim.LearningRate;
import io.tidegate.core.train.Batches;
import io.tidegate.core.train.Score;
import io.tidegate.core.train.Seeds;
import io.tidegate.core.train.ShuffledSequences;
import io.tidegate.core.train.ShuffledSequences.Augmentation;
import io.tidegate.core.train.ShuffledSequences.Example;
import io.tidegate.core.train.ShuffledSequences.Target;
import io.tidegate.core.train.Trainer;
import io.tidegate.datasets.BuiltInData;
import io.tidegate.datasets.BuiltInData.Digit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** A handwritten digit of 8×8 pixels, read one pixel a step. */
final class DigitsDemo implements Demo {

    static final float FACTOR = 1 / 16f;

    private static final int HIDDEN = 64, EPOCHS = 120, BATCH = 32, VALIDATION = 137;

    private final long seed;
    private final List<Example> training = new ArrayList<>(), validation = new ArrayList<>(), test = new ArrayList<>();

    DigitsDemo(long seed) {
        this.seed = seed;
        List<Digit> digits = BuiltInData.digits();
        int[] order = Seeds.permutation(BuiltInData.DIGITS_FOR_TRAINING, Seeds.generator(seed, "split", 0));
        for (int k = 0; k < order.length; k++) {
            (k < VALIDATION ? validation : training).add(example(digits.get(order[k])));
        }
        digits.subList(BuiltInData.DIGITS_FOR_TRAINING, digits.size()).forEach(digit -> test.add(example(digit)));
    }

    private static Example example(Digit digit) {
        float[] scaled = new float[digit.pixels().length];
        for (int k = 0; k < scaled.length; k++) {
            scaled[k] = digit.pixels()[k] * FACTOR;
        }
        return new Example(scaled, new Target.Label(digit.label()));
    }

    @Override
    public String name() {
        return "digits";
    }

    @Override
    public NetworkConfig network(CellType cell) {
        return new NetworkConfig(new InputConfig.Features(1), List.of(new LayerConfig(cell, HIDDEN, false)), 10);
    }

    @Override
    public Batches training() {
        return new ShuffledSequences(training, 1, BATCH, seed, DigitsDemo::shifted);
    }

    @Override
    public Batches validation() {
        return new ShuffledSequences(validation, 1, BATCH, seed, Augmentation.NONE);
    }

    /** The image moved by at most one pixel each way; what leaves it is lost, what enters is 0. */
    private static float[] shifted(float[] pixels, RandomGenerator random) {
        int side = Digit.SIDE, right = random.nextInt(3) - 1, down = random.nextInt(3) - 1;
        float[] moved = new float[pixels.length];
        for (int y = Math.max(0, down); y < Math.min(side, side + down); y++) {
            for (int x = Math.max(0, right); x < Math.min(side, side + right); x++) {
                moved[y * side + x] = pixels[(y - down) * side + x - right];
            }
        }
        return moved;
    }

    @Override
    public LearningRate learningRate() {
        return new LearningRate.WarmUp(
                50,
                new LearningRate.Cosine(4e-3, 1e-5, (long) EPOCHS * training().perEpoch()));
    }

    @Override
    public Trainer.Settings settings() {
        return new Trainer.Settings(EPOCHS, 1, 0);
    }

    @Override
    public Map<String, Object> parameters() {
        return Map.of(
                "hiddenSize", HIDDEN, "epochs", EPOCHS, "batchSize", BATCH, "learningRate", 4e-3, "clipNorm", 1.0);
    }

    @Override
    public Map<String, Double> test(LoadedNetwork network) {
        Score score = Trainer.evaluate(network, new ShuffledSequences(test, 1, BATCH, seed, Augmentation.NONE));
        return Map.of("test.accuracy", score.accuracy(), "test.crossEntropy", score.loss());
    }
}
