package io.tidegate.registry;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Counts a loaded version's users, so that it is closed once it is retired and the last of them has left. */
final class LoadedModel {

    private final Served served;
    private final AtomicReference<@Nullable Object> shared = new AtomicReference<>();
    private int users;
    private long moves;
    private boolean retired;

    LoadedModel(Served served) {
        this.served = served;
    }

    Served served() {
        return served;
    }

    /** What its users share as long as it is loaded; the first of them makes it. */
    <T> T shared(Class<T> type, Supplier<T> made) {
        Object known = shared.get();
        if (known != null) {
            return type.cast(known);
        }
        T mine = made.get();
        Object first = shared.compareAndExchange(null, mine);
        return first == null ? mine : type.cast(first);
    }

    /** @return false if it is retired already */
    synchronized boolean enter() {
        if (retired) {
            return false;
        }
        users++;
        moves++;
        return true;
    }

    /** How often somebody has entered or left. */
    synchronized long moves() {
        return moves;
    }

    /** Whether nobody is in, nor has been since {@link #moves} said this. */
    synchronized boolean isIdleSince(long moves) {
        return users == 0 && this.moves == moves;
    }

    synchronized void leave() {
        users--;
        moves++;
        closeIfUnused();
    }

    synchronized void retire() {
        if (!retired) {
            retired = true;
            closeIfUnused();
        }
    }

    private void closeIfUnused() {
        if (retired && users == 0) {
            served.close();
        }
    }
}
