package io.tidegate.engine.nd4j;

import java.time.Duration;

/**
 * What ND4J runs on here.
 *
 * @param device {@code CPU} or {@code CUDA}
 * @param blas the vendor of its linear algebra, {@code OPENBLAS} …
 * @param version of ND4J
 * @param kernels of its linear algebra, by the processor they are for: {@code OpenBLAS-SkylakeX}; without the latter where it
 *     doesn't say
 * @param threads that one operation may use
 * @param startup what loading and testing it took
 */
public record Nd4jBackend(String device, String blas, String version, String kernels, int threads, Duration startup) {

    static Nd4jBackend start() {
        long began = System.nanoTime();
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        // ND4J looks for its backend through the thread, and a pool's thread may not see what is in an executable jar.
        thread.setContextClassLoader(Nd4jBackend.class.getClassLoader());
        try {
            SelfTest.useThreads(1);
            SelfTest.run();
            return SelfTest.describe(Duration.ofNanos(System.nanoTime() - began));
        } catch (LinkageError | RuntimeException e) {
            throw new IllegalStateException("ND4J does not start: " + rootCause(e), e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private static Throwable rootCause(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
