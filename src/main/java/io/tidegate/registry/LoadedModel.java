package io.tidegate.registry;

/** Counts a loaded version's users, so that it is closed once it is retired and the last of them has left. */
final class LoadedModel {

    private final Served served;
    private int users;
    private boolean retired;

    LoadedModel(Served served) {
        this.served = served;
    }

    Served served() {
        return served;
    }

    /** @return false if it is retired already */
    synchronized boolean enter() {
        if (retired) {
            return false;
        }
        users++;
        return true;
    }

    synchronized void leave() {
        users--;
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
