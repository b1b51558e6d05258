package io.tidegate.sequences;

import io.tidegate.inference.Caller;
import io.tidegate.inference.Failure;
import io.tidegate.inference.RefusedException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Lets the requests for one sequence in one at a time, in the order in which they came; those for others don't notice. */
final class Turns {

    private final ConcurrentHashMap<SequenceKey, Turn> last = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, AtomicInteger> waiting = new ConcurrentHashMap<>();

    /** Takes a place in the line. The caller closes it, whatever happens. */
    Turn enter(SequenceKey key) {
        Turn turn = new Turn(key);
        Turn before = last.put(key, turn);
        turn.before = before == null ? null : before.done;
        return turn;
    }

    /** Whether a request for it is under way. */
    boolean busy(SequenceKey key) {
        return last.containsKey(key);
    }

    /** How many requests wait for an earlier one of their sequence, of a model. */
    int waiting(String model) {
        AtomicInteger known = waiting.get(model);
        return known == null ? 0 : known.get();
    }

    final class Turn implements AutoCloseable {

        private final SequenceKey key;
        private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        private @Nullable CompletableFuture<@Nullable Void> before;

        Turn(SequenceKey key) {
            this.key = key;
        }

        /** Returns when those before are through; throws if the caller needs it no more. */
        void await(Caller caller) {
            CompletableFuture<@Nullable Void> earlier = before;
            if (earlier == null || earlier.isDone()) {
                return;
            }
            AtomicInteger count = waiting.computeIfAbsent(key.model(), _ -> new AtomicInteger());
            count.incrementAndGet();
            try {
                await(earlier, caller);
            } finally {
                count.decrementAndGet();
            }
        }

        private static void await(CompletableFuture<@Nullable Void> earlier, Caller caller) {
            long arrived = System.nanoTime();
            while (!earlier.isDone()) {
                try {
                    earlier.get(Caller.LOOK_NANOS, TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    RefusedException abandoned = caller.abandoned(System.nanoTime(), arrived);
                    if (abandoned != null) {
                        throw abandoned;
                    }
                } catch (ExecutionException e) {
                    throw new IllegalStateException(e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new RefusedException(Failure.Kind.CANCELLED, "interrupted while it waited for its turn");
                }
            }
        }

        /** Lets the next one in; one that gave up does so when those before it are through. */
        @Override
        public void close() {
            CompletableFuture<@Nullable Void> earlier = before;
            if (earlier == null || earlier.isDone()) {
                leave();
            } else {
                var _ = earlier.whenComplete((_, _) -> leave());
            }
        }

        private void leave() {
            last.remove(key, this);
            done.complete(null);
        }
    }
}
