package io.tidegate.registry;

import io.tidegate.checkpoint.Architecture;
import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.core.network.NetworkConfig;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A published version: what it is never changes, whether it is loaded does. */
public final class ModelVersion {

    /**
     * What is known of a version from its checkpoint.
     *
     * @param parameters number of weights
     * @param weightsSha256 in hexadecimal
     */
    public record Card(
            ModelDescriptor descriptor,
            Architecture architecture,
            int parameters,
            String weightsSha256,
            Instant publishedAt) {

        /** The network of a version that isn't a captioner. */
        public NetworkConfig config() {
            return architecture.network();
        }
    }

    private final String name;
    private final int number;
    private final Loader loader;

    private final ReentrantLock loading = new ReentrantLock(); // one load or unload at a time
    private volatile LoadState state = LoadState.UNLOADED;
    private volatile String reason = "";
    private volatile @Nullable Card card;
    private volatile @Nullable LoadedModel loaded;
    private volatile boolean unloadedOnRequest;
    private long moves; // of its users, when it was last asked whether it is idle; guarded by loading

    ModelVersion(String name, int number, Loader loader) {
        this.name = name;
        this.number = number;
        this.loader = loader;
    }

    public String name() {
        return name;
    }

    public int number() {
        return number;
    }

    public LoadState state() {
        return state;
    }

    /** Why the state is what it is; empty where there is nothing to say. */
    public String reason() {
        return reason;
    }

    /** Whether it is loaded, or loads as soon as somebody asks for it. */
    public boolean answers() {
        return state == LoadState.READY || (state == LoadState.UNLOADED && !unloadedOnRequest);
    }

    /** How it runs on this machine, in words; empty while it isn't loaded. */
    public List<String> plan() {
        LoadedModel now = loaded;
        return now == null ? List.of() : now.served().plan();
    }

    /** Memory that its weights take, in bytes; 0 while it isn't loaded. */
    public long weightBytes() {
        LoadedModel now = loaded;
        return now == null ? 0 : now.served().weightBytes();
    }

    /** What the version is, read from its checkpoint where that hasn't happened yet. */
    public Card card() {
        Card known = card;
        if (known == null) {
            if (state == LoadState.FAILED) {
                throw new RegistryException.NotReady(described() + " can't be read: " + reason);
            }
            known = loader.card(loader.read(name, number), name, number);
            card = known;
        }
        return known;
    }

    /** The whole checkpoint, from disk. */
    public Checkpoint checkpoint() {
        return loader.read(name, number);
    }

    /** The right to run it, until the caller closes it. Loads the version if need be, unless somebody unloaded it on purpose. */
    public Lease lease() {
        LoadedModel now = loaded;
        if (now != null && now.enter()) {
            return new Lease(this, now);
        }
        loading.lock();
        try {
            if (unloadedOnRequest || state == LoadState.FAILED) {
                throw new RegistryException.NotReady("Request for unknown model: '" + name + "' version " + number
                        + " is not at ready state: " + reason);
            }
            LoadedModel ready = loadIfNeeded();
            ready.enter();
            return new Lease(this, ready);
        } finally {
            loading.unlock();
        }
    }

    /** Loads the version, also after it failed or was unloaded. */
    void load() {
        loading.lock();
        try {
            unloadedOnRequest = false;
            loadIfNeeded();
        } finally {
            loading.unlock();
        }
    }

    private LoadedModel loadIfNeeded() {
        LoadedModel now = loaded;
        if (now != null) {
            return now;
        }
        state = LoadState.LOADING;
        reason = "";
        try {
            Checkpoint checkpoint = loader.read(name, number);
            card = loader.card(checkpoint, name, number);
            return adopt(loader.load(name, checkpoint));
        } catch (RuntimeException e) {
            reason = e.getMessage() == null ? e.toString() : e.getMessage();
            state = LoadState.FAILED;
            throw new RegistryException.NotReady(described() + " is not at ready state: " + reason);
        }
    }

    /** Takes over what was loaded before the version was published. */
    void publishedWith(Card published, LoadedModel model) {
        card = published;
        adopt(model);
    }

    private LoadedModel adopt(LoadedModel model) {
        loader.loaded(name, number, model.served());
        loaded = model;
        state = LoadState.READY;
        reason = "";
        return model;
    }

    /** @param why shown to callers that still ask for it */
    void unload(String why) {
        loading.lock();
        try {
            unloadedOnRequest = true;
            unloaded(why);
        } finally {
            loading.unlock();
        }
    }

    /**
     * Unloads it if nobody is in it and nobody has been since this was last asked.
     *
     * @return whether it did
     */
    boolean unloadIfIdle() {
        loading.lock();
        try {
            LoadedModel now = loaded;
            if (now == null || !now.isIdleSince(moves)) {
                moves = now == null ? 0 : now.moves();
                return false;
            }
            moves = 0;
            unloaded("no alias points to it; it loads when it is asked for");
            return true;
        } finally {
            loading.unlock();
        }
    }

    private void unloaded(String why) {
        LoadedModel now = loaded;
        loaded = null;
        state = LoadState.UNLOADED;
        reason = why;
        if (now != null) {
            now.retire();
            loader.unloaded(name, number);
        }
    }

    private String described() {
        return "model '" + name + "' version " + number;
    }
}
