package io.tidegate.training.caption;

import io.tidegate.core.caption.CaptionConfig;
import io.tidegate.core.caption.CaptionExample;
import io.tidegate.core.caption.CaptionGradient;
import io.tidegate.core.caption.Captioner;
import io.tidegate.core.network.Weights;
import io.tidegate.core.train.Learner;
import io.tidegate.core.train.Score;
import io.tidegate.core.train.Seeds;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** A captioner with captions to learn, each once an epoch, in an order of each epoch's own. */
public final class CaptionLearner implements Learner {

    private final CaptionConfig config;
    private final Weights weights;
    private final List<Supplier<CaptionExample>> training;
    private final List<Supplier<CaptionExample>> validation;
    private final int batchSize;
    private final long seed;
    private final Executor executor;
    private Captioner captioner;
    private int[] order = {};
    private int orderOf = -1; // the epoch

    /**
     * @param weights taken over, and changed by training
     * @param training read from the data as each is needed
     * @param executor where a batch's shards run
     */
    public CaptionLearner(
            CaptionConfig config,
            Weights weights,
            List<Supplier<CaptionExample>> training,
            List<Supplier<CaptionExample>> validation,
            int batchSize,
            long seed,
            Executor executor) {
        this.config = config;
        this.weights = weights;
        this.training = training;
        this.validation = validation;
        this.batchSize = batchSize;
        this.seed = seed;
        this.executor = executor;
        this.captioner = Captioner.of(config, weights);
    }

    @Override
    public Weights weights() {
        return weights;
    }

    @Override
    public void weightsChanged() {
        captioner = Captioner.of(config, weights);
    }

    @Override
    public int updatesPerEpoch() {
        return Math.ceilDiv(training.size(), batchSize);
    }

    @Override
    public Lesson learn(int epoch, int batch) {
        if (orderOf != epoch) {
            order = Seeds.permutation(training.size(), Seeds.generator(seed, "captions", epoch));
            orderOf = epoch;
        }
        List<CaptionExample> examples = IntStream.range(
                        batch * batchSize, Math.min(training.size(), (batch + 1) * batchSize))
                .mapToObj(k -> training.get(order[k]).get())
                .toList();
        CaptionGradient gradient = CaptionGradient.of(captioner, examples, executor);
        return new Lesson(gradient.weights(), gradient.loss(), gradient.loss().targets());
    }

    @Override
    public Optional<Score> validate(BooleanSupplier stop) {
        return score(captioner, validation, stop);
    }

    /** The score of known captions, per word and end. */
    public static Optional<Score> score(
            Captioner captioner, List<Supplier<CaptionExample>> examples, BooleanSupplier stop) {
        Score sum = Score.NONE;
        for (Supplier<CaptionExample> each : examples) {
            if (stop.getAsBoolean()) {
                return Optional.empty();
            }
            CaptionExample example = each.get();
            sum = sum.plus(captioner.loss(example.regions(), example.words()));
        }
        return Optional.of(sum);
    }

    @Override
    public double[] carried() {
        return new double[0];
    }

    @Override
    public void carry(double[] carried) {}

    @Override
    public void close() {}
}
