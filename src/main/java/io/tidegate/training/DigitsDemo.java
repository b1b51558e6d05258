package io.tidegate.training;

import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Scale;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.train.Batches;
import io.tidegate.core.train.NetworkLearner;
import io.tidegate.core.train.Score;
import io.tidegate.core.train.ShuffledSequences;
import io.tidegate.core.train.ShuffledSequences.Augmentation;
import io.tidegate.core.train.ShuffledSequences.Example;
import io.tidegate.core.train.ShuffledSequences.Target;
import io.tidegate.datasets.BuiltInData;
import io.tidegate.datasets.BuiltInData.Digit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** A handwritten digit of 8×8 pixels, read one pixel a step. */
final class DigitsDemo implements Demo {

    private static final float FACTOR = 1 / 16f;

    private static final int HIDDEN = 64, EPOCHS = 120, BATCH = 32, VALIDATION = 137;

    private final long seed;
    private final List<Example> training = new ArrayList<>(), validation = new ArrayList<>(), test = new ArrayList<>();

    DigitsDemo(long seed) {
        this.seed = seed;
        List<Digit> digits = BuiltInData.digits();
        int testFrom = BuiltInData.DIGITS_FOR_TRAINING, validationFrom = testFrom - VALIDATION;
        for (int k = 0; k < digits.size(); k++) {
            // In the file's order, as neighbours share a writer: a random split would validate on hands it has trained
            // on.
            (k < validationFrom ? training : k < testFrom ? validation : test).add(example(digits.get(k)));
        }
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
    public String recipe() {
        return "classify";
    }

    @Override
    public String data() {
        return BuiltInData.digest(BuiltInData.DIGITS);
    }

    @Override
    public ModelInput input() {
        return new ModelInput.Features(1, new Scale(0, FACTOR));
    }

    @Override
    public ModelOutput output() {
        return new ModelOutput.Labels(
                IntStream.range(0, 10).mapToObj(Integer::toString).toList());
    }

    @Override
    public NetworkConfig network(CellType cell) {
        return new NetworkConfig(new InputConfig.Features(1), List.of(new LayerConfig(cell, HIDDEN, false)), 10);
    }

    @Override
    public Batches training() {
        return new ShuffledSequences(training, 1, BATCH, seed, DigitsDemo::varied);
    }

    @Override
    public Batches validation() {
        return new ShuffledSequences(validation, 1, BATCH, seed, Augmentation.NONE);
    }

    /**
     * The image moved by at most one pixel, turned, sheared and stretched a little, with what lies between pixels
     * interpolated: other hands write so. What leaves it is lost, what enters is 0.
     */
    private static float[] varied(float[] pixels, RandomGenerator random) {
        double turn = random.nextDouble(-0.2, 0.2), shear = random.nextDouble(-0.2, 0.2);
        double wide = random.nextDouble(0.85, 1.15), high = random.nextDouble(0.85, 1.15);
        double right = random.nextDouble(-1, 1), down = random.nextDouble(-1, 1), centre = (Digit.SIDE - 1) / 2.0;
        float[] varied = new float[pixels.length];
        for (int y = 0; y < Digit.SIDE; y++) {
            for (int x = 0; x < Digit.SIDE; x++) {
                double dx = (x - centre - right) / wide, dy = (y - centre - down) / high;
                double fromX = dx * Math.cos(turn) + dy * (Math.sin(turn) + shear) + centre;
                double fromY = dy * Math.cos(turn) - dx * Math.sin(turn) + centre;
                varied[y * Digit.SIDE + x] = (float) between(pixels, fromX, fromY);
            }
        }
        return varied;
    }

    /** Bilinear interpolation; 0 outside the image. */
    private static double between(float[] pixels, double x, double y) {
        int left = (int) Math.floor(x), top = (int) Math.floor(y);
        double alongX = x - left, alongY = y - top;
        return (1 - alongY) * ((1 - alongX) * at(pixels, left, top) + alongX * at(pixels, left + 1, top))
                + alongY * ((1 - alongX) * at(pixels, left, top + 1) + alongX * at(pixels, left + 1, top + 1));
    }

    private static float at(float[] pixels, int x, int y) {
        return x < 0 || y < 0 || x >= Digit.SIDE || y >= Digit.SIDE ? 0 : pixels[y * Digit.SIDE + x];
    }

    @Override
    public Schedule schedule() {
        return new Schedule(EPOCHS, 4e-3, 50);
    }

    @Override
    public Map<String, Integer> sizes() {
        return Map.of("hiddenSize", HIDDEN, "batchSize", BATCH);
    }

    @Override
    public Map<String, Double> test(LoadedNetwork network) {
        Score score = NetworkLearner.evaluate(network, new ShuffledSequences(test, 1, BATCH, seed, Augmentation.NONE));
        return Map.of("test.accuracy", score.accuracy(), "test.crossEntropy", score.loss());
    }
}
