package io.tidegate.benchmark;

/** A system that runs one layer over one batch from zero states and gives every step's h. */
interface Contender extends AutoCloseable {

    String name();

    void run();

    /** h of the last run, [batch, steps, H]. */
    float[] hidden();

    @Override
    void close();
}
