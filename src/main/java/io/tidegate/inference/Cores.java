package io.tidegate.inference;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * Who computes where. Requests are on virtual threads, which keep a core until they wait; were all cores taken by runs, nobody would
 * read the requests that could share them. So only half of the cores compute in a request's own thread, and further runs get
 * threads that the operating system shares out.
 */
final class Cores {

    private final int count;
    private final Semaphore leading;
    private final ExecutorService runners = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("tidegate-batches-", 0).factory());

    Cores(int count) {
        this.count = count;
        this.leading = new Semaphore(Math.max(1, count / 2));
    }

    int count() {
        return count;
    }

    /** Whether a request may compute in its own thread; if so, it says so when it has. */
    boolean tryToLead() {
        return leading.tryAcquire();
    }

    void led() {
        leading.release();
    }

    void run(Runnable serving) {
        runners.execute(serving);
    }
}
