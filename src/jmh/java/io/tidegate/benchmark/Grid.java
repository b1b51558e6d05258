package io.tidegate.benchmark;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.WeightFormat;
import io.tidegate.engine.fused.FusedEngine;
import io.tidegate.engine.fused.SplitRuns;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The fused engine beside ONNX Runtime, PyTorch and ND4J, in one process and in turns. Prints tab-separated rows; the full grid is also
 * written to docs/benchmarks.md. Arguments: {@code quick} or {@code full}, and the folder of the docs.
 */
public final class Grid {

    private static final int FEATURES = 64;

    private final boolean quick;
    private final FusedEngine engine = FusedEngine.forServing(2);
    private final List<Row> rows = new ArrayList<>();
    private final double peak = SplitRuns.peakGflops();

    private Grid(boolean quick) {
        this.quick = quick;
    }

    public static void main(String[] arguments) throws IOException {
        boolean quick = arguments[0].equals("quick");
        Grid grid = new Grid(quick);
        String machine = grid.machine();
        System.out.println("# " + machine);
        System.out.println(Row.HEADER);
        for (int batch : new int[] {1, 8, 32}) {
            grid.warmUp(batch, quick ? 1 : 2);
        }
        for (CellType cell :
                quick ? List.of(CellType.LSTM, CellType.WM) : List.of(CellType.LSTM, CellType.PEEPHOLE, CellType.WM)) {
            for (int hidden : quick ? new int[] {128, 256, 512} : new int[] {128, 256, 512, 1024}) {
                for (int batch : quick ? new int[] {1, 8, 32} : new int[] {1, 4, 8, 32}) {
                    for (int threads = 1; threads <= (quick ? 1 : 2); threads++) {
                        grid.inference(cell, hidden, batch, threads);
                    }
                }
            }
        }
        grid.training();
        System.out.println("# " + grid.machine());
        if (!quick) {
            GridReport.write(Path.of(arguments[1]), machine, grid.rows);
        }
        System.exit(0); // the peers' threads
    }

    private String machine() {
        return "%d cores, load average %.2f, %s, one thread's FMA peak %.0f GFLOP/s, OPENBLAS_CORETYPE=%s"
                .formatted(
                        Runtime.getRuntime().availableProcessors(),
                        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
                        engine.description(),
                        peak,
                        System.getenv("OPENBLAS_CORETYPE"));
    }

    /** So that the first cells, too, find compiled code. */
    private void warmUp(int batch, int threads) {
        Recurrent layer = Recurrent.of(CellType.LSTM, 128, FEATURES);
        for (int n = 1; n <= threads; n++) {
            Fused fused = new Fused(layer, batch, input(batch * 64), n, WeightFormat.FLOAT32);
            new Interleaved(1, 8, 1, 0).time(List.of(fused));
            fused.close();
        }
    }

    private static float[] input(int steps) {
        SplittableRandom random = new SplittableRandom(7);
        float[] x = new float[steps * FEATURES];
        for (int k = 0; k < x.length; k++) {
            x[k] = (float) random.nextDouble(-1, 1);
        }
        return x;
    }

    private void inference(CellType cell, int hidden, int batch, int threads) {
        int steps = Math.clamp(16_384L / hidden / Math.max(1, batch / 4), 16, 128);
        Recurrent layer = Recurrent.of(cell, hidden, FEATURES);
        float[] x = input(batch * steps);
        List<Contender> systems = new ArrayList<>();
        systems.add(new Fused(layer, batch, x, threads, WeightFormat.FLOAT32));
        boolean half = !quick && hidden >= 512;
        if (half) {
            systems.add(new Fused(layer, batch, x, threads, WeightFormat.BFLOAT16));
        }
        systems.add(new OnnxRuntime(layer, batch, steps, x, threads));
        if (cell != CellType.PEEPHOLE) {
            systems.add(new Torch(layer, batch, steps, x, threads));
        }
        if (!quick && threads == 1) {
            systems.add(new Nd4j(layer, batch, x));
        }
        try {
            check(systems);
            Map<String, List<Double>> times =
                    new Interleaved(0.5, 8, quick ? 10 : 15, threads > 1 ? 40 : 0).time(systems);
            double fused = Interleaved.median(times.get("fused")) / steps;
            double roofline = roofline(layer, batch, threads, fused);
            for (Contender system : systems) {
                double micros = Interleaved.median(times.get(system.name())) / steps;
                switch (system.name()) {
                    case "fused" -> {}
                    case "fused-bf16" ->
                        add(new Row(
                                "inference-bf16",
                                cell.toString(),
                                hidden,
                                batch,
                                threads,
                                micros,
                                "onnxruntime",
                                Interleaved.median(times.get("onnxruntime")) / steps,
                                0));
                    default ->
                        add(new Row(
                                "inference",
                                cell.toString(),
                                hidden,
                                batch,
                                threads,
                                fused,
                                system.name(),
                                micros,
                                roofline));
                }
            }
        } finally {
            systems.forEach(Contender::close);
        }
    }

    /** Refuses to time what computes something else. */
    private static void check(List<Contender> systems) {
        float[] expected = {};
        for (Contender system : systems) {
            system.run();
            float[] got = system.hidden();
            expected = expected.length == 0 ? got : expected;
            double tolerance = system.name().endsWith("bf16") ? 1e-2 : 2e-5;
            for (int k = 0; k < expected.length; k++) {
                if (!(Math.abs(got[k] - expected[k]) <= tolerance)) {
                    throw new IllegalStateException("%s: expected h[%d] = %.7f ± %.0e, got %.7f"
                            .formatted(system.name(), k, expected[k], tolerance, got[k]));
                }
            }
        }
    }

    /** The longer of what the weights take to stream and what the arithmetic takes, as a part of the time that it took. */
    private double roofline(Recurrent layer, int batch, int threads, double micros) {
        double arithmetic = layer.flops() * batch / (1e3 * peak * threads);
        double streaming = layer.stepBytes() / threads / 1e3 / bandwidth((long) (layer.stepBytes() / threads));
        return Math.max(arithmetic, streaming) / micros;
    }

    private final Map<Long, Double> bandwidths = new java.util.HashMap<>();

    private double bandwidth(long size) {
        return bandwidths.computeIfAbsent(size, SplitRuns::bandwidth);
    }

    private void training() {
        try (ExecutorService executor = Executors.newFixedThreadPool(Peer.THREADS)) {
            for (CellType cell : List.of(CellType.LSTM, CellType.WM)) {
                Peer.FUSED.check(cell);
                Peer.FUSED_RECOMPUTING.check(cell);
                Peer.PYTORCH.check(cell);
                for (Size size : List.of(Size.H128_B128_T784_D1, Size.H512_B32_T150_D64)) {
                    training(cell, size, executor);
                }
            }
        }
    }

    private void training(CellType cell, Size size, ExecutorService executor) {
        List<Double> ours = new ArrayList<>(), theirs = new ArrayList<>(), recomputed = new ArrayList<>();
        int warmUps = 3, updates = quick ? 5 : 11;
        try (Training fused = Peer.FUSED.train(size, cell, executor);
                Training recomputing = Peer.FUSED_RECOMPUTING.train(size, cell, executor);
                Training torch = Peer.PYTORCH.train(size, cell, executor)) {
            // The engine's kernels need more updates until all is compiled, and they are short ones.
            for (int n = 0; n < 6; n++) {
                fused.update();
                recomputing.update();
            }
            for (int n = 0; n < warmUps + updates; n++) {
                double own = micros(fused), again = micros(recomputing), other = micros(torch);
                if (n >= warmUps) {
                    ours.add(own);
                    recomputed.add(again);
                    theirs.add(other);
                }
            }
        }
        add(training(cell, size, ours, "pytorch", theirs));
        add(training(cell, size, ours, "recomputing", recomputed));
    }

    private static Row training(CellType cell, Size size, List<Double> ours, String peer, List<Double> theirs) {
        ours.sort(null);
        theirs.sort(null);
        return new Row(
                "training",
                cell.toString(),
                size.hidden,
                size.batch,
                Peer.THREADS,
                Interleaved.median(ours),
                peer,
                Interleaved.median(theirs),
                0);
    }

    private static double micros(Training training) {
        long began = System.nanoTime();
        training.update();
        return (System.nanoTime() - began) / 1e3;
    }

    private void add(Row row) {
        rows.add(row);
        System.out.println(row.tabbed());
    }
}
