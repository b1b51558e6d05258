package io.tidegate.engine.fused;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * The threads that a training batch is dealt to. No sum depends on how many there are.
 *
 * @param executor where they run
 */
record Shards(Executor executor, int count) {

    /** Does it for each of as many parts, which don't wait for each other. */
    void eachPart(Consumer<Part> action) {
        Barrier unused = new Barrier(1);
        each(shard -> action.accept(new Part(shard, count, unused)));
    }

    /** Does it for each shard, 0 … count − 1, side by side. */
    void each(IntConsumer action) {
        List<CompletableFuture<Void>> running = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            int shard = n;
            running.add(CompletableFuture.runAsync(() -> action.accept(shard), executor));
        }
        running.forEach(CompletableFuture::join);
    }
}
