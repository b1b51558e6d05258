package io.tidegate.engine.fused;

/**
 * One thread's share of a run: of each layer a range of panels, whose weights then stay in its core's cache.
 *
 * @param id from 0
 * @param of how many parts there are
 */
record Part(int id, int of, Barrier barrier) {

    /** Panels are dealt in fours, as many as one of the output gate's memory panels covers. */
    private static final int TOGETHER = 4;

    static Part whole() {
        return new Part(0, 1, new Barrier(1));
    }

    int from(int panels) {
        return bound(panels, id);
    }

    int to(int panels) {
        return bound(panels, id + 1);
    }

    private int bound(int panels, int part) {
        int groups = Math.ceilDiv(panels, TOGETHER);
        return Math.min(panels, groups * part / of * TOGETHER);
    }

    /** The share of so many rows, from … */
    int firstRow(int rows) {
        return rows * id / of;
    }

    /** … to. */
    int lastRow(int rows) {
        return rows * (id + 1) / of;
    }

    void arrive() {
        barrier.arrive(id);
    }

    void await() {
        barrier.await(id);
    }

    void arriveAndAwait() {
        barrier.arriveAndAwait(id);
    }
}
