package io.tidegate.engine.nd4j;

import io.tidegate.core.engine.Schedule;
import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Some columns of a matrix whose rows are those of a {@link Schedule}, cut into what each step reads or writes. */
interface Rows {

    /** [n, columns]. */
    INDArray at(int row, int n);

    static Rows of(INDArray matrix, int column, int columns) {
        return (row, n) -> Memory.block(matrix, row, n, column, columns);
    }

    /** The same, for memory that blocks of steps pass through in turn: cutting a view costs as much as several operations. */
    static Rows kept(INDArray matrix, int column, int columns) {
        Map<Long, INDArray> views = new HashMap<>();
        return (row, n) -> {
            if (views.size() == 1024) {
                views.clear();
            }
            return views.computeIfAbsent((long) row << 32 | n, key -> Memory.block(matrix, row, n, column, columns));
        };
    }
}
