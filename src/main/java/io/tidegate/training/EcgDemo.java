package io.tidegate.training;

import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Scale;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.Output;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.train.Batches;
import io.tidegate.core.train.ShuffledSequences;
import io.tidegate.core.train.ShuffledSequences.Augmentation;
import io.tidegate.core.train.ShuffledSequences.Example;
import io.tidegate.core.train.ShuffledSequences.Target;
import io.tidegate.datasets.BuiltInData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An electrocardiogram at 360 Hz: after each sample, the next one. */
final class EcgDemo implements Demo {

    /** About the mean and the inverse standard deviation of the training part; the factor is a float exactly. */
    private static final float OFFSET = 990, FACTOR = 1 / 128f;

    private static final int HIDDEN = 32, EPOCHS = 60, BATCH = 32, WINDOW = 128, STRIDE = 64;
    private static final double RATE = 4e-3;

    private final long seed;
    private final List<Example> training, validation;
    private final float[] test;

    EcgDemo(long seed) {
        this.seed = seed;
        float[] samples = BuiltInData.ecg();
        float[] known = Arrays.copyOf(samples, BuiltInData.head(samples.length, 10));
        training = windows(Arrays.copyOf(known, BuiltInData.head(known.length, 10)));
        validation = windows(BuiltInData.tail(known, 10));
        test = BuiltInData.tail(samples, 10);
    }

    private static List<Example> windows(float[] samples) {
        float[] scaled = scaled(samples);
        List<Example> windows = new ArrayList<>();
        for (int from = 0; from + WINDOW < scaled.length; from += STRIDE) {
            windows.add(new Example(
                    Arrays.copyOfRange(scaled, from, from + WINDOW),
                    new Target.StepValues(Arrays.copyOfRange(scaled, from + 1, from + WINDOW + 1))));
        }
        return windows;
    }

    private static float[] scaled(float[] samples) {
        float[] scaled = new float[samples.length];
        for (int k = 0; k < samples.length; k++) {
            scaled[k] = (samples[k] - OFFSET) * FACTOR;
        }
        return scaled;
    }

    @Override
    public String name() {
        return "ecg";
    }

    @Override
    public String recipe() {
        return "forecast";
    }

    @Override
    public String data() {
        return BuiltInData.digest(BuiltInData.ECG);
    }

    @Override
    public ModelInput input() {
        return new ModelInput.Features(1, new Scale(OFFSET, FACTOR));
    }

    @Override
    public ModelOutput output() {
        return new ModelOutput.Values(1, new Scale(OFFSET, FACTOR));
    }

    @Override
    public NetworkConfig network(CellType cell) {
        return new NetworkConfig(new InputConfig.Features(1), List.of(new LayerConfig(cell, HIDDEN, false)), 1);
    }

    @Override
    public Batches training() {
        return new ShuffledSequences(training, 1, BATCH, seed, Augmentation.NONE);
    }

    @Override
    public Batches validation() {
        return new ShuffledSequences(validation, 1, BATCH, seed, Augmentation.NONE);
    }

    @Override
    public Schedule schedule() {
        return new Schedule(EPOCHS, RATE, 50);
    }

    @Override
    public Map<String, Integer> sizes() {
        return Map.of("hiddenSize", HIDDEN, "batchSize", BATCH, "window", WINDOW);
    }

    /** Root mean square errors in the recorder's units over the last 10 %, read as one sequence, beside those of two plain guesses. */
    @Override
    public Map<String, Double> test(LoadedNetwork network) {
        float[] scaled = scaled(Arrays.copyOf(test, test.length - 1));
        float[] next = network.run(
                        Batch.single(new Batch.Input.Features(scaled, 1)),
                        network.zeroStates(1),
                        Set.of(Output.STEP_LOGITS))
                .stepLogits();
        double model = 0, last = 0, line = 0;
        for (int t = 1; t < next.length; t++) {
            model += square(test[t + 1] - (next[t] / FACTOR + OFFSET));
            last += square(test[t + 1] - test[t]);
            line += square(test[t + 1] - (2 * test[t] - test[t - 1]));
        }
        int n = next.length - 1;
        return Map.of(
                "test.rmse", Math.sqrt(model / n),
                "test.rmse.repeatLast", Math.sqrt(last / n),
                "test.rmse.linearExtrapolation", Math.sqrt(line / n));
    }

    private static double square(double a) {
        return a * a;
    }
}
