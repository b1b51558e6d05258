package io.tidegate.core.train;

import io.tidegate.core.engine.Batch;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Independent sequences of features, in a new order each epoch. */
public final class ShuffledSequences implements Batches {

    /**
     * A sequence and what it should give.
     *
     * @param features [steps, size]
     * @param target one label, or the values for the end or for every step
     */
    public record Example(float[] features, Target target) {}

    /** What one sequence should give. */
    public sealed interface Target {
        record Label(int label) implements Target {}

        record Values(float[] values) implements Target {}

        record StepValues(float[] values) implements Target {}
    }

    /** Changes a sequence at random, as by shifting an image; gives a new array. */
    @FunctionalInterface
    public interface Augmentation {
        float[] apply(float[] features, RandomGenerator random);

        Augmentation NONE = (features, random) -> features;
    }

    private final List<Example> examples;
    private final int featureSize;
    private final int batchSize;
    private final long seed;
    private final Augmentation augmentation;

    /**
     * @param examples asked for one by one, each time they are needed: they may lie on disk
     * @param featureSize features per step
     */
    public ShuffledSequences(
            List<Example> examples, int featureSize, int batchSize, long seed, Augmentation augmentation) {
        this.examples = examples;
        this.featureSize = featureSize;
        this.batchSize = batchSize;
        this.seed = seed;
        this.augmentation = augmentation;
    }

    @Override
    public int perEpoch() {
        return Math.ceilDiv(examples.size(), batchSize);
    }

    @Override
    public Iterable<TrainingBatch> epoch(int epoch) {
        int[] order = Seeds.permutation(examples.size(), Seeds.generator(seed, "shuffle", epoch));
        return () -> {
            RandomGenerator random = Seeds.generator(seed, "augment", epoch);
            return batches(k -> {
                Example example = examples.get(order[k]);
                return new Example(augmentation.apply(example.features(), random), example.target());
            });
        };
    }

    private Iterator<TrainingBatch> batches(IntFunction<Example> example) {
        return IntStream.range(0, perEpoch())
                .mapToObj(b -> IntStream.range(b * batchSize, Math.min(examples.size(), (b + 1) * batchSize))
                        .mapToObj(example)
                        .toList())
                .map(this::batch)
                .iterator();
    }

    private TrainingBatch batch(List<Example> chosen) {
        int[] offsets = new int[chosen.size() + 1];
        for (int b = 0; b < chosen.size(); b++) {
            offsets[b + 1] = offsets[b] + chosen.get(b).features().length / featureSize;
        }
        float[] features = concatenated(chosen.stream().map(Example::features).toList());
        return new TrainingBatch(new Batch(new Batch.Input.Features(features, featureSize), offsets), targets(chosen));
    }

    private static Targets targets(List<Example> chosen) {
        return switch (chosen.getFirst().target()) {
            case Target.Label first ->
                new Targets.Labels(chosen.stream()
                        .mapToInt(example -> ((Target.Label) example.target()).label())
                        .toArray());
            case Target.Values first ->
                new Targets.Values(concatenated(chosen.stream()
                        .map(example -> ((Target.Values) example.target()).values())
                        .toList()));
            case Target.StepValues first ->
                new Targets.StepValues(concatenated(chosen.stream()
                        .map(example -> ((Target.StepValues) example.target()).values())
                        .toList()));
        };
    }

    private static float[] concatenated(List<float[]> arrays) {
        float[] all = new float[arrays.stream().mapToInt(array -> array.length).sum()];
        int at = 0;
        for (float[] array : arrays) {
            System.arraycopy(array, 0, all, at, array.length);
            at += array.length;
        }
        return all;
    }
}
