package io.tidegate.benchmark;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.ReferenceEngine;
import io.tidegate.engine.fused.FusedEngine;
import io.tidegate.engine.nd4j.Nd4jEngine;
import java.util.concurrent.Executor;

/** The systems that are compared. */
public enum Peer {
    FUSED,
    /** The fused engine with activation checkpointing. */
    FUSED_RECOMPUTING,
    REFERENCE,
    ND4J,
    PYTORCH;

    static final int THREADS = 2;

    /** @param executor of {@link #THREADS} threads; the native ones have their own */
    Training train(Size size, CellType cell, Executor executor) {
        Task task = Task.of(size, cell);
        return switch (this) {
            case FUSED -> new TidegateTraining(FusedEngine.forTraining(executor, THREADS), task, false);
            case FUSED_RECOMPUTING -> new TidegateTraining(FusedEngine.forTraining(executor, THREADS), task, true);
            case REFERENCE -> new TidegateTraining(new ReferenceEngine(executor), task, false);
            case ND4J -> new TidegateTraining(Nd4jEngine.create(), task, false);
            case PYTORCH ->
                switch (cell) {
                    case LSTM -> new TorchLstm(task, THREADS);
                    case WM -> new TorchWorkingMemory(task, THREADS);
                    case PEEPHOLE, PEEPHOLE_FULL -> throw new IllegalArgumentException("no peer of " + cell);
                };
        };
    }

    /** Refuses to time what computes something else: three clipped updates of Adam must give the reference's losses. */
    void check(CellType cell) {
        try (Training ours = REFERENCE.train(Size.CHECK, cell, Runnable::run);
                Training theirs = train(Size.CHECK, cell, Runnable::run)) {
            for (int update = 0; update < 4; update++) {
                double expected = ours.update(), got = theirs.update();
                if (!(Math.abs(expected - got) < 1e-4)) {
                    throw new IllegalStateException("%s, %s: expected loss %.6f before update %d, got %.6f"
                            .formatted(this, cell, expected, update, got));
                }
                System.out.printf("# same task: loss %.6f, reference %.6f%n", got, expected);
            }
        }
    }
}
