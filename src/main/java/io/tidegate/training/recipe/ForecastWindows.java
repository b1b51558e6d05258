package io.tidegate.training.recipe;

import io.tidegate.checkpoint.Scale;
import io.tidegate.core.train.ShuffledSequences.Example;
import io.tidegate.core.train.ShuffledSequences.Target;
import io.tidegate.datasets.Expected;
import io.tidegate.datasets.SequenceData;
import java.util.AbstractList;
import java.util.RandomAccess;
import java.util.stream.IntStream;

/** Windows of a dataset's sequences with what is to be told from them, read from the disk each time they are asked for. */
final class ForecastWindows extends AbstractList<Example> implements RandomAccess {

    /** A stretch of one sequence. */
    record Part(int sequence, int from, int to) {}

    /**
     * How windows are cut.
     *
     * @param steps of a window
     * @param stride steps from one window's beginning to the next one's
     * @param horizon how many steps ahead is forecast; 0 where the data name their targets
     */
    record Cut(int steps, int stride, int horizon) {}

    /** Between the data's units and the network's. */
    record Scales(Scale input, Scale output) {}

    private final SequenceData data;
    private final Cut cut;
    private final Scales scales;
    private final int[] sequence, from, steps; // of each window

    ForecastWindows(SequenceData data, Iterable<Part> parts, Cut cut, Scales scales) {
        this.data = data;
        this.cut = cut;
        this.scales = scales;
        IntStream.Builder sequences = IntStream.builder(), froms = IntStream.builder(), lengths = IntStream.builder();
        for (Part part : parts) {
            int last = part.to() - cut.horizon(); // no window reads on from here
            for (int at = part.from(); at < last; at += cut.stride()) {
                sequences.add(part.sequence());
                froms.add(at);
                lengths.add(Math.min(cut.steps(), last - at));
                if (last - at <= cut.steps()) {
                    break;
                }
            }
        }
        this.sequence = sequences.build().toArray();
        this.from = froms.build().toArray();
        this.steps = lengths.build().toArray();
    }

    @Override
    public Example get(int index) {
        int k = sequence[index], first = from[index], count = steps[index];
        float[] features = Scaling.toNetwork(data.features(k, first, count), data.featureSize(), scales.input());
        return new Example(features, target(k, first, count));
    }

    private Target target(int k, int first, int count) {
        return switch (data.expected()) {
            case TARGET -> new Target.Values(Scaling.toNetwork(data.target(k), data.targetSize(), scales.output()));
            case TARGETS ->
                new Target.StepValues(
                        Scaling.toNetwork(data.targets(k, first, count), data.targetSize(), scales.output()));
            case NONE, LABEL ->
                new Target.StepValues(Scaling.toNetwork(
                        data.features(k, first + cut.horizon(), count), data.featureSize(), scales.output()));
        };
    }

    /**
     * The mean squared error, in the network's units, of what one says without learning: that nothing changes, or, where the
     * data name their targets, the training's mean.
     */
    double trivialError() {
        double sum = 0;
        long count = 0;
        boolean ahead = data.expected() == Expected.NONE || data.expected() == Expected.LABEL;
        for (Example example : this) {
            float[] wanted = example.target() instanceof Target.StepValues(float[] values)
                    ? values
                    : ((Target.Values) example.target()).values();
            for (int k = 0; k < wanted.length; k++) {
                double error = wanted[k] - (ahead ? example.features()[k] : 0);
                sum += error * error;
            }
            count += wanted.length;
        }
        return sum / (double) count;
    }

    @Override
    public int size() {
        return sequence.length;
    }
}
