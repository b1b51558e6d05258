package io.tidegate.engine.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;

/** A matrix for blocks of steps to pass through, one after the other; made anew only for a block of more rows. */
final class BlockBuffer implements AutoCloseable {

    private final int columns;
    private final boolean augmented;
    private Memory memory = new Memory();
    private INDArray matrix;
    private Rows rows;

    /** @param augmented whether each row has a 1 behind its columns */
    BlockBuffer(int columns, boolean augmented) {
        this.columns = columns;
        this.augmented = augmented;
        this.matrix = allocate(1);
        this.rows = Rows.kept(matrix, 0, columns);
    }

    private INDArray allocate(int rows) {
        return augmented ? memory.augmented(rows, columns) : memory.floats(rows, columns);
    }

    /** [rows, columns], or one column more with the 1s. */
    INDArray matrix(int rows) {
        if (matrix.size(0) < rows) {
            memory.close();
            memory = new Memory();
            matrix = allocate(rows);
            this.rows = Rows.kept(matrix, 0, columns);
        }
        return Memory.rows(matrix, 0, rows);
    }

    /** The columns as steps see them, without the 1s. */
    Rows rows() {
        return rows;
    }

    @Override
    public void close() {
        memory.close();
    }
}
