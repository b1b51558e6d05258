package io.tidegate.training.jobs;

import io.tidegate.core.train.Score;
import io.tidegate.core.train.TrainingListener.Epoch;
import io.tidegate.core.train.TrainingListener.Update;
import io.tidegate.training.jobs.JobEvent.Point;
import io.tidegate.training.recipe.TaskMetric;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Points of the curve that wait to be written. Thinned so that a job has at most about 2,000 of each name; which updates are
 * told depends on their numbers alone, so that a training that was taken up again tells the same.
 */
final class CurveBuffer {

    static final int MOST = 2000;

    private final TaskMetric metric;
    private final long everyUpdate;
    private final int everyEpoch;
    private final int epochs;
    private final LongSupplier nanoTime;
    private final ConcurrentLinkedQueue<Point> waiting = new ConcurrentLinkedQueue<>();
    private long since;
    private long steps;
    private volatile double stepsPerSecond;

    CurveBuffer(TaskMetric metric, long updates, int epochs, LongSupplier nanoTime) {
        this.metric = metric;
        this.everyUpdate = Math.max(1, Math.ceilDiv(updates, (long) MOST));
        this.everyEpoch = Math.max(1, Math.ceilDiv(epochs, MOST));
        this.epochs = epochs;
        this.nanoTime = nanoTime;
        this.since = nanoTime.getAsLong();
    }

    void updated(Update update) {
        steps += update.steps();
        long now = nanoTime.getAsLong();
        if (now > since) {
            stepsPerSecond = (double) steps * 1e9 / (double) (now - since);
        }
        if (update.number() % everyUpdate != 0) {
            return;
        }
        since = now;
        steps = 0;
        SortedMap<String, Double> values = of(update.score());
        values.put("gradientNorm", update.gradientNorm());
        values.put("learningRate", update.learningRate());
        values.put("stepsPerSecond", stepsPerSecond);
        add(update.epoch(), update.number(), "train", values);
    }

    /** Of the network's time steps, in training, since the point before. */
    double stepsPerSecond() {
        return stepsPerSecond;
    }

    void epochFinished(Epoch epoch) {
        since = nanoTime.getAsLong(); // the validation is no training
        steps = 0;
        if (epoch.epoch() % everyEpoch != 0 && epoch.epoch() != epochs - 1) {
            return;
        }
        SortedMap<String, Double> training = new TreeMap<>();
        of(epoch.training()).forEach((name, value) -> training.put("epoch." + name, value));
        add(epoch.epoch(), epoch.updates(), "train", training);
        validated(epoch.epoch(), epoch.updates(), epoch.validation());
    }

    void validated(int epoch, long step, Score score) {
        add(epoch, step, "validation", of(score));
    }

    private SortedMap<String, Double> of(Score score) {
        SortedMap<String, Double> values = new TreeMap<>();
        values.put("loss", score.loss());
        values.put(metric.name(), metric.of().applyAsDouble(score));
        return values;
    }

    void add(int epoch, long step, String split, SortedMap<String, Double> values) {
        values.values().removeIf(value -> !Double.isFinite(value));
        if (!values.isEmpty()) {
            waiting.add(new Point(epoch, step, split, values));
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Takes out what waits, once the writer has it; leaves it where the writer throws. */
    void drain(Consumer<List<Point>> writer) {
        List<Point> points = new ArrayList<>(waiting);
        writer.accept(points);
        points.forEach(_ -> waiting.poll());
    }
}
