package io.tidegate.benchmark;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.springframework.util.FileSystemUtils;

/**
 * How long the service takes from the start of its JVM until it is ready with the demo models, plain and with the AOT cache that
 * scripts/aot-cache.sh makes, in turns. Arguments: the project's folder, and how many starts of each.
 */
public final class StartUp {

    private StartUp() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path project = Path.of(arguments[0]);
        int rounds = Integer.parseInt(arguments[1]);
        int made = new ProcessBuilder("sh", "scripts/aot-cache.sh")
                .directory(project.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        if (made != 0) {
            throw new IOException("scripts/aot-cache.sh failed");
        }
        String flags = "@" + project.resolve("tidegate.jvm");
        Path aot = project.resolve("target/aot");
        Map<String, List<String>> ways = new LinkedHashMap<>();
        ways.put(
                "plain",
                List.of(flags, "-jar", project.resolve("target/tidegate.jar").toString()));
        ways.put("extracted", List.of(flags, "-jar", aot.resolve("tidegate.jar").toString()));
        ways.put(
                "AOT cache",
                List.of(
                        flags,
                        "-XX:AOTCache=" + aot.resolve("tidegate.aot"),
                        "-jar",
                        aot.resolve("tidegate.jar").toString()));
        Map<String, List<Double>> seconds = new LinkedHashMap<>(), cpu = new LinkedHashMap<>();
        System.out.println("way\tseconds\tcpu_seconds");
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        for (int round = 0; round < rounds; round++) {
            for (var way : ways.entrySet()) {
                Path scratch = Files.createTempDirectory("tidegate-start");
                try (BenchServer server = BenchServer.start(scratch, way.getValue())) {
                    double used = server.cpuMicros() / 1e6;
                    seconds.computeIfAbsent(way.getKey(), _ -> new ArrayList<>())
                            .add(server.secondsToReady());
                    cpu.computeIfAbsent(way.getKey(), _ -> new ArrayList<>()).add(used);
                    System.out.printf(Locale.ROOT, "%s\t%.2f\t%.2f%n", way.getKey(), server.secondsToReady(), used);
                } finally {
                    FileSystemUtils.deleteRecursively(scratch);
                }
            }
        }
        Page.replace(project.resolve("docs"), "start-up", table(rounds, load, seconds, cpu));
    }

    private static String table(
            int rounds, double load, Map<String, List<Double>> seconds, Map<String, List<Double>> cpu) {
        StringBuilder out = new StringBuilder(String.format(
                Locale.ROOT,
                "Run on: %d cores, Java %s, load average before the first start %.2f; %d starts each.%n%n",
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                load,
                rounds));
        out.append("| start | seconds to readiness, median | fastest to slowest | CPU seconds | of plain |\n");
        out.append("| --- | --- | --- | --- | --- |\n");
        double plain = median(seconds.get("plain"));
        seconds.forEach((way, times) -> {
            double middle = median(times);
            out.append(String.format(
                    Locale.ROOT,
                    "| %s | %.2f | %.2f to %.2f | %.1f | %.2f |%n",
                    way,
                    middle,
                    times.getFirst(),
                    times.getLast(),
                    median(cpu.get(way)),
                    middle / plain));
        });
        return out.toString();
    }

    private static double median(List<Double> values) {
        values.sort(null);
        return Interleaved.median(values);
    }
}
