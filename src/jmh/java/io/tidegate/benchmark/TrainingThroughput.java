package io.tidegate.benchmark;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs {@link TrainingBenchmark} and prints steps per second, in a table as docs/benchmarks.md has it. The systems take
 * turns, each in a process of its own, in rounds: what else a machine does falls on all of them.
 *
 * <p>Arguments: the folder for what DJL unpacks, the number of rounds, and optionally the names of sizes.
 */
public final class TrainingThroughput {

    private record Case(String size, String cell) implements Comparable<Case> {
        @Override
        public int compareTo(Case other) {
            return (size + cell).compareTo(other.size + other.cell);
        }
    }

    private TrainingThroughput() {}

    public static void main(String[] arguments) throws RunnerException {
        Map<Case, Map<Peer, List<Double>>> seconds = new TreeMap<>();
        String[] sizes = List.of(arguments).subList(2, arguments.length).toArray(String[]::new);
        System.out.println("# " + machine());
        for (int round = 0; round < Integer.parseInt(arguments[1]); round++) {
            collect(run(Path.of(arguments[0]), sizes, 2, 4, Peer.PYTORCH), seconds);
            // These take seconds for an update, and their loops are compiled within the first.
            collect(run(Path.of(arguments[0]), sizes, 1, 1, Peer.REFERENCE, Peer.ND4J), seconds);
        }
        System.out.println("# " + machine());
        System.out.println(
                "| setting | cell | system | updates | steps per second: median (lowest – highest) | ÷ PyTorch |");
        System.out.println("| --- | --- | --- | --- | --- | --- |");
        seconds.forEach((which, peers) -> peers.forEach((peer, times) -> System.out.println(row(which, peer, peers))));
    }

    private static String machine() {
        return "%d cores, load average %.2f, OPENBLAS_CORETYPE=%s"
                .formatted(
                        Runtime.getRuntime().availableProcessors(),
                        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
                        System.getenv("OPENBLAS_CORETYPE"));
    }

    private static Collection<RunResult> run(Path cache, String[] sizes, int warmUps, int updates, Peer... peers)
            throws RunnerException {
        String[] names = new String[peers.length];
        for (int k = 0; k < peers.length; k++) {
            names[k] = peers[k].name();
        }
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(TrainingBenchmark.class.getName())
                .param("peer", names)
                .forks(1)
                .warmupIterations(warmUps)
                .measurementIterations(updates)
                .jvmArgsAppend("-DDJL_CACHE_DIR=" + cache.toAbsolutePath())
                .shouldFailOnError(true);
        if (sizes.length > 0) {
            options.param("size", sizes);
        }
        return new Runner(options.build()).run();
    }

    private static void collect(Collection<RunResult> results, Map<Case, Map<Peer, List<Double>>> seconds) {
        for (RunResult result : results) {
            Case which = new Case(
                    result.getParams().getParam("size"), result.getParams().getParam("cell"));
            List<Double> times = seconds.computeIfAbsent(which, _ -> new EnumMap<>(Peer.class))
                    .computeIfAbsent(Peer.valueOf(result.getParams().getParam("peer")), _ -> new ArrayList<>());
            result.getBenchmarkResults()
                    .forEach(fork -> fork.getIterationResults().forEach(iteration -> {
                        Result<?> time = iteration.getPrimaryResult();
                        times.add(time.getScore());
                    }));
        }
    }

    private static String row(Case which, Peer peer, Map<Peer, List<Double>> peers) {
        double steps = Size.valueOf(which.size).stepsPerUpdate();
        List<Double> times = peers.get(peer).stream().sorted().toList();
        double perSecond = steps / median(times), torch = steps / median(peers.get(Peer.PYTORCH));
        return String.format(
                Locale.ROOT,
                "| %s | %s | %s | %d | %,.0f (%,.0f – %,.0f) | %.3f |",
                which.size.replace('_', ' '),
                which.cell.toLowerCase(Locale.ROOT),
                peer.name().toLowerCase(Locale.ROOT),
                times.size(),
                perSecond,
                steps / times.getLast(),
                steps / times.getFirst(),
                perSecond / torch);
    }

    private static double median(List<Double> times) {
        List<Double> sorted = times.stream().sorted().toList();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }
}
