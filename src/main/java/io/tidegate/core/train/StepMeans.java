package io.tidegate.core.train;

import io.tidegate.core.engine.Batch;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A quantity over the steps of a batch's sequences: its mean magnitude at points of so many steps each, the last maybe of fewer. */
final class StepMeans {

    private final int stepsPerPoint;
    private final MeanMagnitude[] points;

    StepMeans(Batch batch, int mostPoints) {
        if (mostPoints < 1) {
            throw new IllegalArgumentException("points over time: expected at least 1, got " + mostPoints);
        }
        int longest =
                IntStream.range(0, batch.sequences()).map(batch::length).max().orElseThrow();
        this.stepsPerPoint = Math.ceilDiv(longest, mostPoints);
        this.points = Stream.generate(MeanMagnitude::new)
                .limit(Math.ceilDiv(longest, stepsPerPoint))
                .toArray(MeanMagnitude[]::new);
    }

    int stepsPerPoint() {
        return stepsPerPoint;
    }

    MeanMagnitude at(int step) {
        return points[step / stepsPerPoint];
    }

    double[] values() {
        return Arrays.stream(points).mapToDouble(MeanMagnitude::value).toArray();
    }
}
