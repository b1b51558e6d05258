package io.tidegate.training.jobs;

import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** What happened to a job. Numbers rise through a job's events of all kinds, and none is used twice. */
public sealed interface JobEvent {

    long number();

    Instant at();

    /** A change of status, or a note that leaves it as it is. */
    record Transition(long number, Instant at, JobStatus status, String reason) implements JobEvent {}

    /** Points of the learning curve. */
    record Metrics(long number, Instant at, Point point) implements JobEvent {}

    /**
     * @param step updates done
     * @param split {@code train}, {@code validation} or {@code test}
     * @param values by name: loss, the task's metric, learningRate, gradientNorm …
     */
    record Point(int epoch, long step, String split, SortedMap<String, Double> values) {
        public Point {
            values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
        }
    }
}
