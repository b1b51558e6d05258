package io.tidegate.benchmark;

/** A task being trained by some system. */
interface Training extends AutoCloseable {

    /** Forward, back, clip by global norm, one step of Adam. @return the mean loss before it, in nats */
    double update();

    @Override
    void close();
}
