package io.tidegate.engine.nd4j;

import java.time.Duration;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Small computations with known results, in the forms the engine uses. A backend that fails one must not serve. */
final class SelfTest {

    private SelfTest() {}

    static Nd4jBackend describe(Duration startup) {
        String blas = Nd4j.factory().blas().getBlasVendor().name();
        return new Nd4jBackend(
                Nd4j.getEnvironment().isCPU() ? "CPU" : "CUDA",
                blas,
                NativeLibraries.nd4jVersion(),
                NativeLibraries.kernels(blas),
                Nd4j.getEnvironment().maxMasterThreads(),
                startup);
    }

    static void useThreads(int threads) {
        Nd4j.getEnvironment().setMaxMasterThreads(threads);
        Nd4j.factory().blas().setMaxThreads(threads);
    }

    static void run() {
        try (Memory memory = new Memory()) {
            INDArray a = memory.copyOf(new float[] {1, 2, 3, 4, 5, 6}, 2, 3),
                    b = memory.copyOf(new float[] {1, 0, 2, 1, 0, 3}, 2, 3);
            INDArray wide = memory.copyOf(new float[] {9, 10, 20, 9, 9, 30, 40, 9}, 2, 4);

            INDArray into = memory.copyOf(new float[] {Float.NaN, Float.NaN, Float.NaN, Float.NaN}, 2, 2);
            new Calls().product(a, b.transpose(), into, 0).run();
            check("a product", into, 7, 10, 16, 22);

            new Calls()
                    .product(a, b.transpose(), Memory.block(wide, 0, 2, 1, 2), 1)
                    .run();
            check("a product added to columns", wide, 9, 17, 30, 9, 9, 46, 62, 9);

            INDArray row = memory.copyOf(new float[] {Float.NaN, Float.NaN}, 1, 2);
            new Calls().product(Memory.rows(a, 1, 1), b.transpose(), row, 0).run();
            check("a product of one row", row, 16, 22);

            INDArray gates = memory.floats(2, 2, 1);
            INDArray columns = Memory.view(a, 0, new long[] {2, 2, 1}, new long[] {1, 3, 1});
            new Calls().copy(columns, gates).run();
            check("a copy of columns", gates, 1, 4, 2, 5);

            INDArray scaled = memory.floats(2, 2, 1);
            new Calls()
                    .multiply(memory.copyOf(new float[] {2, 3}, 2, 1, 1), Memory.slab(gates, 0, 1, 0, 2), scaled)
                    .run();
            check("a product by element", scaled, 2, 8, 3, 12);

            INDArray indices = memory.copyOf(new int[] {1, 0, 1}),
                    gathered = memory.floats(3, 3),
                    table = memory.zeros(2, 3);
            new Calls()
                    .gather(a, indices, gathered)
                    .scatterAdd(gathered, indices, table)
                    .run();
            check("a gather", gathered, 4, 5, 6, 1, 2, 3, 4, 5, 6);
            check("a scatter", table, 1, 2, 3, 8, 10, 12);

            INDArray activated = memory.copyOf(new float[] {0, 100, -100}, 3);
            new Calls().sigmoid(activated, activated).run();
            check("a sigmoid", activated, 0.5f, 1, 0);
        }
    }

    private static void check(String what, INDArray result, float... expected) {
        float[] actual = Memory.floats(result);
        for (int k = 0; k < expected.length; k++) {
            if (!(Math.abs(actual[k] - expected[k]) <= 1e-6f)) {
                throw new IllegalStateException("ND4J's self-test failed: for " + what + " expected "
                        + Arrays.toString(expected) + ", got " + Arrays.toString(actual));
            }
        }
    }
}
