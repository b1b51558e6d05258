package io.tidegate.engine.nd4j;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Arrays that are given back together, at once rather than when the garbage collector comes to it; and views of them. All are
 * float32 and row-major.
 */
final class Memory implements AutoCloseable {

    private final List<INDArray> arrays = new ArrayList<>();

    /** An array of whatever was in its memory. */
    INDArray floats(long... shape) {
        INDArray array = Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
        arrays.add(array);
        return array;
    }

    INDArray zeros(long... shape) {
        INDArray array = floats(shape);
        array.assign(0);
        return array;
    }

    /** Rows that the layer above reads as they are: with a 1 behind the values, which its bias is multiplied with. */
    INDArray augmented(long rows, int size) {
        INDArray array = floats(rows, size + 1);
        block(array, 0, rows, size, 1).assign(1);
        return array;
    }

    INDArray copyOf(float[] values, long... shape) {
        INDArray array = Nd4j.create(values, shape, Nd4j.getStrides(shape, 'c'), 'c', DataType.FLOAT);
        arrays.add(array);
        return array;
    }

    INDArray copyOf(int[] values) {
        INDArray array = Nd4j.createFromArray(values);
        arrays.add(array);
        return array;
    }

    /** Sets all arrays to zero. */
    void clear() {
        arrays.forEach(array -> array.assign(0));
    }

    long bytes() {
        return arrays.stream()
                .mapToLong(array -> array.length() * array.dataType().width())
                .sum();
    }

    @Override
    public void close() {
        arrays.forEach(INDArray::close);
        arrays.clear();
    }

    /** The values of an array or a view. */
    static float[] floats(INDArray array) {
        if (array.isView()) {
            try (INDArray copy = array.dup('c')) {
                return copy.data().asFloat();
            }
        }
        return array.data().asFloat();
    }

    /** Rows of a matrix, [count, columns]. */
    static INDArray rows(INDArray matrix, long from, long count) {
        return block(matrix, from, count, 0, (int) matrix.size(1));
    }

    /** A block of a matrix, [rows, columns]. */
    static INDArray block(INDArray matrix, long row, long rows, int column, int columns) {
        long width = matrix.size(1);
        return view(matrix, row * width + column, new long[] {rows, columns}, new long[] {width, 1});
    }

    /** The same rows of all of an array's slots: [slots, count, size] of [slots, rows, size]. */
    static INDArray slab(INDArray slots, long from, long count) {
        return slab(slots, 0, slots.size(0), from, count);
    }

    static INDArray slab(INDArray slots, long slot, long slotCount, long from, long count) {
        long rows = slots.size(1), size = slots.size(2);
        return view(slots, (slot * rows + from) * size, new long[] {slotCount, count, size}, new long[] {
            rows * size, size, 1
        });
    }

    /** An array's part from {@code offset} on, in row-major order and the given shape. */
    static INDArray part(INDArray array, long offset, long... shape) {
        return view(array, offset, shape, Nd4j.getStrides(shape, 'c'));
    }

    /** Any view of an array that is none itself. */
    static INDArray view(INDArray array, long offset, long[] shape, long[] stride) {
        return Nd4j.create(array.data(), shape, stride, offset, 'c');
    }
}
