package io.tidegate.registry;

/** Whether a version can answer. */
public enum LoadState {
    READY,
    LOADING,
    UNLOADED,
    FAILED
}
