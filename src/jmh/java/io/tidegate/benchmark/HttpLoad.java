package io.tidegate.benchmark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.HdrHistogram.Histogram;

/** Each its request over several connections, a thread for each. */
final class HttpLoad {

    /** @param latencies in nanoseconds */
    record Result(double perSecond, Histogram latencies) {
        double micros(double percentile) {
            return latencies.getValueAtPercentile(percentile) / 1e3;
        }
    }

    private HttpLoad() {}

    /** Until it gets no faster: a server's compiler has some 25 seconds of work under full load. */
    static void warmUp(int port, byte[] request, int connections) {
        double best = 0;
        for (int round = 0, since = 0; round < 12 && since < 2; round++) {
            double perSecond = closed(port, request, connections, 4).perSecond();
            since = perSecond > 1.03 * best ? 0 : since + 1;
            best = Math.max(best, perSecond);
        }
    }

    /** Closed: each connection sends its next request when it has the last one's answer. */
    static Result closed(int port, byte[] request, int connections, double seconds) {
        return closed(port, _ -> request, connections, seconds);
    }

    static Result closed(int port, IntFunction<byte[]> requests, int connections, double seconds) {
        return run(port, requests, connections, seconds, 0);
    }

    /**
     * Open: requests are due at a fixed rate, whatever became of those before. A latency counts from when its request was due, so that a
     * server's pause falls on all the requests that it kept waiting.
     */
    static Result open(int port, byte[] request, int connections, double seconds, double perSecond) {
        return run(port, _ -> request, connections, seconds, perSecond);
    }

    private static Result run(
            int port, IntFunction<byte[]> requests, int connections, double seconds, double perSecond) {
        List<Future<Histogram>> running = new ArrayList<>();
        long begin = System.nanoTime() + 20_000_000;
        long until = begin + (long) (seconds * 1e9);
        try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
            for (int n = 0; n < connections; n++) {
                long gap = perSecond > 0 ? (long) (1e9 * connections / perSecond) : 0;
                long first = begin + gap * n / connections;
                byte[] request = requests.apply(n);
                running.add(threads.submit(() -> connection(port, request, first, gap, until)));
            }
        }
        Histogram all = new Histogram(3);
        try {
            for (Future<Histogram> one : running) {
                all.add(one.get());
            }
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException("a request failed: " + e.getMessage(), e);
        }
        return new Result(all.getTotalCount() / ((System.nanoTime() - begin) / 1e9), all);
    }

    private static Histogram connection(int port, byte[] request, long first, long gap, long until) throws IOException {
        Histogram latencies = new Histogram(3);
        try (HttpConnection connection = new HttpConnection(port)) {
            long due = first;
            waitUntil(due);
            while (due < until) {
                connection.exchange(request);
                long now = System.nanoTime();
                latencies.recordValue(now - due);
                if (gap == 0) {
                    due = now;
                } else {
                    due += gap;
                    waitUntil(due);
                }
            }
        }
        return latencies;
    }

    private static void waitUntil(long time) {
        for (long left; (left = time - System.nanoTime()) > 0; ) {
            LockSupport.parkNanos(left);
        }
    }
}
