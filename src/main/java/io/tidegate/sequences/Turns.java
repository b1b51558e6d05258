package io.tidegate.sequences;

import io.tidegate.inference.Caller;
import io.tidegate.inference.Failure;
import io.tidegate.inference.RefusedException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Lets the requests for one sequence in one at a time, in the order in which they came; those for others don't notice. */
final class Turns {

    private static final long LOOK_NANOS = 20_000_000;

    private final ConcurrentHashMap<SequenceKey, Turn> last = new ConcurrentHashMap<>();

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
            if (earlier == null) {
                return;
            }
            long arrived = System.nanoTime();
            while (!earlier.isDone()) {
                try {
                    earlier.get(LOOK_NANOS, TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    requireWanted(caller, arrived);
                } catch (ExecutionException e) {
                    throw new IllegalStateException(e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new RefusedException(Failure.Kind.CANCELLED, "interrupted while it waited for its turn");
                }
            }
        }

        private void requireWanted(Caller caller, long arrived) {
            long now = System.nanoTime();
            if (caller.gone().getAsBoolean()) {
                throw new RefusedException(Failure.Kind.CANCELLED, "the caller went away; nothing was changed");
            }
            if (caller.queueNanos() != Long.MAX_VALUE && now - arrived >= caller.queueNanos()) {
                throw new RefusedException(Failure.Kind.UNAVAILABLE, "Request timeout expired", Duration.ofSeconds(1));
            }
            if (caller.hasDeadline() && now - caller.deadline() >= 0) {
                throw new RefusedException(
                        Failure.Kind.DEADLINE,
                        "the request's deadline passed before its turn came; nothing was changed");
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
