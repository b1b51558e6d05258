package io.tidegate.engine.nd4j;

import java.util.List;

/**
 * A forward run of one layer over a whole batch.
 *
 * @param tapes for each direction, those of its blocks in the order in which they were worked through
 */
record LayerTrace(LayerInput input, List<List<Tape>> tapes) {}
