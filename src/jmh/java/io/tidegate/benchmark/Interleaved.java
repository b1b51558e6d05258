package io.tidegate.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Times systems in turns, so that what else a machine does falls on all of them. Each is warmed up until its time no longer falls;
 * before each of its slices it runs once untimed, since the one before has left the cache, and perhaps a spinning thread, behind.
 */
final class Interleaved {

    private static final double SETTLED = 0.05;

    private final long warmUpNanos, mostWarmUpNanos, sliceNanos;
    private final int rounds;
    private final long pauseMillis;

    /** @param pauseMillis before each slice */
    Interleaved(double warmUpSeconds, double sliceMillis, int rounds, long pauseMillis) {
        this.warmUpNanos = (long) (warmUpSeconds * 1e9);
        this.mostWarmUpNanos = 6 * warmUpNanos;
        this.sliceNanos = (long) (sliceMillis * 1e6);
        this.rounds = rounds;
        this.pauseMillis = pauseMillis;
    }

    /** @return every run's time in microseconds, sorted, by the systems' names */
    Map<String, List<Double>> time(List<Contender> systems) {
        systems.forEach(this::warmUp);
        Map<String, List<Double>> times = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (Contender system : systems) {
                calm();
                system.run();
                List<Double> own = times.computeIfAbsent(system.name(), _ -> new ArrayList<>());
                long began = System.nanoTime(), since = began;
                do {
                    system.run();
                    long now = System.nanoTime();
                    own.add((now - since) / 1e3);
                    since = now;
                } while (since - began < sliceNanos);
            }
        }
        times.values().forEach(own -> own.sort(null));
        return times;
    }

    /** Native thread pools spin for a while after a run, on the cores that the next system needs. */
    private void calm() {
        if (pauseMillis > 0) {
            try {
                Thread.sleep(pauseMillis);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void warmUp(Contender system) {
        long began = System.nanoTime();
        double before = Double.MAX_VALUE;
        while (true) {
            double now = median(runsFor(system, warmUpNanos / 2));
            boolean settled = now > before * (1 - SETTLED);
            if ((settled && System.nanoTime() - began >= warmUpNanos) || System.nanoTime() - began > mostWarmUpNanos) {
                return;
            }
            before = now;
        }
    }

    private static List<Double> runsFor(Contender system, long nanos) {
        List<Double> times = new ArrayList<>();
        long began = System.nanoTime(), since = began;
        do {
            system.run();
            long now = System.nanoTime();
            times.add((now - since) / 1e3);
            since = now;
        } while (since - began < nanos);
        times.sort(null);
        return times;
    }

    /** Of a figure of each. */
    static <T> double median(List<T> all, ToDoubleFunction<T> figure) {
        return median(all.stream().map(figure::applyAsDouble).sorted().toList());
    }

    static double median(List<Double> sorted) {
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }
}
