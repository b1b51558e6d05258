package io.tidegate.engine.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;

/** The operations of one step for a fixed number of sequences, over arrays of its own. */
sealed interface Step permits ForwardStep, BackwardStep {

    /** n. */
    int sequences();

    /** What one step leaves to the next: c and h, or the gradient with respect to them, [2, n, H]. */
    INDArray state();

    void run();
}
