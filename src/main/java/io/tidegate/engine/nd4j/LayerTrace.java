package io.tidegate.engine.nd4j;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A forward run of one layer over a whole batch.
 *
 * @param tapes for each direction, those of its blocks in the order in which they were worked through
 * @param mask dropout's factors, which the output was scaled by, [rows, H·directions + 1]; null where nothing was dropped or
 *     no output was wanted
 */
record LayerTrace(
        LayerInput input, List<List<Tape>> tapes, @Nullable INDArray mask) {}
