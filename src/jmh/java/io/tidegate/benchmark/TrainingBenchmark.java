package io.tidegate.benchmark;

import io.tidegate.core.cell.CellType;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The time of one training update. {@link TrainingThroughput} runs it and turns it into steps per second. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
public class TrainingBenchmark {

    @Param({"H128_B128_T784_D1", "H512_B32_T150_D64"})
    public Size size;

    @Param({"LSTM", "WM"})
    public CellType cell;

    @Param({"PYTORCH", "ND4J", "REFERENCE"})
    public Peer peer;

    private ExecutorService executor;
    private Training training;

    @Setup(Level.Trial)
    public void start() {
        executor = Executors.newFixedThreadPool(Peer.THREADS);
        peer.check(cell);
        training = peer.train(size, cell, executor);
    }

    @Benchmark
    public double update() {
        return training.update();
    }

    @TearDown(Level.Trial)
    public void end() {
        training.close();
        executor.shutdown();
    }
}
