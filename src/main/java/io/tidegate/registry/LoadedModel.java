package io.tidegate.registry;

import io.tidegate.core.engine.LoadedNetwork;

/** Counts a loaded network's users, so that it is closed once it is retired and the last of them has left. */
final class LoadedModel {

    private final LoadedNetwork network;
    private int users;
    private boolean retired;

    LoadedModel(LoadedNetwork network) {
        this.network = network;
    }

    LoadedNetwork network() {
        return network;
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
            network.close();
        }
    }
}
