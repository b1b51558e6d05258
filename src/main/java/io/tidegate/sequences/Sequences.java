package io.tidegate.sequences;

import io.micrometer.core.instrument.MeterRegistry;
import io.tidegate.checkpoint.Task;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.States;
import io.tidegate.inference.Caller;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.inference.LanguageScorer;
import io.tidegate.inference.Runner;
import io.tidegate.registry.Lease;
import io.tidegate.registry.Model;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.registry.ModelVersion;
import io.tidegate.registry.RegistryException;
import io.tidegate.sequences.SequenceRow.Digest;
import io.tidegate.sequences.SequenceRow.Stamp;
import io.tidegate.sequences.SequenceStore.Found;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Steps of live sequences: in order, exactly once, each with the version that its sequence began with.
 *
 * <p>A step works on a copy of the sequence's row, and keeps the new row only when all of it has come out well; so whatever fails
 * on the way advances nothing.
 */
public final class Sequences implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Sequences.class);

    private static final Duration RELEASED_EVERY = Duration.ofSeconds(1);

    /** Longest id, in characters. */
    public static final int MAX_ID = 256;

    /** Largest state that is taken over, in bytes. */
    public static final int MAX_STATE = StateBlob.MOST;

    private static final int ATTEMPTS = 4;

    /** Most that is kept of an answer beside what the state tells, in bytes. */
    private static final long MOST_KEPT = 1 << 16;

    /** Makes the store. */
    interface Opening {
        /**
         * @param busy whether a request for a sequence is under way, so that it isn't idle
         * @param expired hears of those that were given up, each from one of the processes that share a store
         */
        SequenceStore open(Predicate<SequenceKey> busy, Consumer<SequenceKey> expired);
    }

    /**
     * A request for one sequence.
     *
     * @param version that a new sequence begins with
     * @param byNumber whether the caller wants that version and no other, so that a sequence which began with another isn't advanced
     * @param id the request's own; null for one that is never taken for a retry
     * @param inputs digest of what the request brings, its flags included; asked for only if it has an id
     * @param encode what the request brings, for the version that its sequence began with
     * @param hidden whether the top layer's output at each step is wanted
     */
    public record Step(
            ModelVersion version,
            boolean byNumber,
            SequenceControl control,
            @Nullable String id,
            Supplier<Digest> inputs,
            Function<ModelVersion, Batch> encode,
            boolean hidden,
            Caller caller) {}

    /**
     * What came of it.
     *
     * @param version that the sequence began with
     * @param steps that the request made
     * @param logits the head's output after its last step, [K]
     * @param logLikelihood Σ log p of the sequence's characters 2 … n, in nats; of a language model
     * @param hidden [steps, H], if it was wanted
     * @param states after its last step
     */
    public record Answer(
            ModelVersion version, int steps, float[] logits, double logLikelihood, float[] hidden, States states) {}

    private final ModelRegistry registry;
    private final Runner runner;
    private final LanguageScorer scorer;
    private final Clock clock;
    private final SequenceMeters meters;
    private final StateBlob blobs;
    private final Turns turns = new Turns();
    private final Pins pins;
    private final SequenceStore store;
    private final Thread releasing;

    Sequences(
            ModelRegistry registry,
            Runner runner,
            Opening opening,
            StateBlob blobs,
            MeterRegistry meters,
            Clock clock) {
        this.registry = registry;
        this.runner = runner;
        this.scorer = new LanguageScorer(runner);
        this.clock = clock;
        this.blobs = blobs;
        this.pins = new Pins(registry);
        this.meters = new SequenceMeters(meters, this::usage, turns::waiting);
        this.store = opening.open(turns::busy, this::expired);
        store.usage().keySet().forEach(this.meters::of);
        this.releasing = Thread.ofVirtual().name("sequences-versions").start(this::releaseNowAndThen);
    }

    private void expired(SequenceKey key) {
        meters.of(key.model()).expired().increment();
    }

    private Map<String, SequenceStore.Usage> usage() {
        return store.usage();
    }

    /** Makes a request's steps, or gives the answer again that it had. */
    public Answer step(Step step) {
        SequenceKey key = key(step.version(), step.control().id());
        try (Turns.Turn turn = turns.enter(key)) {
            turn.await(step.caller());
            Digest id = step.id() == null ? Digest.NONE : digest(step.id());
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                Answer answer = attempt(step, key, id);
                if (answer != null) {
                    return answer;
                }
            }
            throw new SequenceException.Contended(key);
        }
    }

    private static SequenceKey key(ModelVersion version, String id) {
        if (version.card().descriptor().task() == Task.CAPTIONING
                || version.card().config().bidirectional()) {
            throw new InvalidInputException(
                    "",
                    "sequence_id: model '" + version.name()
                            + "' must see a sequence whole, so it has no live ones; leave sequence_id out");
        }
        if (id.length() > MAX_ID) {
            throw new InvalidInputException(
                    "", "sequence_id: expected at most " + MAX_ID + " characters, got " + id.length());
        }
        return new SequenceKey(version.name(), id);
    }

    /** @return null if another process changed the sequence meanwhile */
    private @Nullable Answer attempt(Step step, SequenceKey key, Digest id) {
        Found found = store.find(key);
        SequenceRow last = switch (found) {
            case Found.Live(SequenceRow row) -> row;
            case Found.Ended(SequenceRow row) -> row;
            case Found.Expired _, Found.Lost _, Found.Unknown _ -> null;
        };
        if (last != null && step.id() != null && last.request().equals(id)) {
            requireVersion(step, key, last);
            return again(step, key, last);
        }
        if (step.control().start()) {
            return begin(step, key, found instanceof Found.Live(SequenceRow live) ? live.stamp() : null, id);
        }
        return switch (found) {
            case Found.Live(SequenceRow row) -> {
                requireVersion(step, key, row);
                try (Pins.Pin pin = pin(key, row)) {
                    yield advance(step, key, row, row.stamp(), id, pin.lease());
                }
            }
            case Found.Ended _ -> throw new SequenceException.Ended(key);
            case Found.Expired expired -> throw new SequenceException.Expired(key, expired.idle());
            case Found.Lost _ -> throw new SequenceException.Lost(key);
            case Found.Unknown _ -> throw new SequenceException.Unknown(key);
        };
    }

    private static void requireVersion(Step step, SequenceKey key, SequenceRow row) {
        if (step.byNumber() && row.version() != step.version().number()) {
            throw new SequenceException.OtherVersion(
                    key, row.version(), step.version().number());
        }
    }

    /** The first answer to a request that came before. */
    private Answer again(Step step, SequenceKey key, SequenceRow row) {
        if (!row.inputs().equals(step.inputs().get())) {
            throw new SequenceException.RequestIdReused(key, String.valueOf(step.id()));
        }
        try (Pins.Pin pin = pin(key, row)) {
            Lease lease = pin.lease();
            Layout layout = layout(key, row, lease);
            float[] hidden = step.hidden() ? layout.hidden(row) : new float[0];
            if (step.hidden() && hidden.length == 0) {
                throw new SequenceException.AnswerNotKept(key);
            }
            meters.of(key.model()).retries().increment();
            return answer(lease.version(), row, layout, hidden);
        }
    }

    private static Answer answer(ModelVersion version, SequenceRow row, Layout layout, float[] hidden) {
        return new Answer(
                version, row.requestSteps(), layout.logits(row), row.logLikelihood(), hidden, layout.states(row));
    }

    private @Nullable Answer begin(Step step, SequenceKey key, @Nullable Stamp live, Digest id) {
        ModelVersion version = step.version();
        try (Lease _ = version.lease(); // a version that was unloaded begins no more
                Pins.Pin pin = pins.enter(key.model(), version.number())) {
            Lease lease = pin.lease();
            Layout layout = Layout.of(version.card().config(), lease.network().precision());
            SequenceRow row = layout.row(0);
            row.incarnation(ThreadLocalRandom.current().nextLong() | 1);
            row.version(version.number());
            row.weights(weights(version));
            Answer answer = advance(step, key, row, live, id, lease);
            if (answer != null) {
                meters.of(key.model()).starts().increment();
                if (live != null) {
                    meters.of(key.model()).restarts().increment();
                }
            }
            return answer;
        }
    }

    /** @param seen what the store keeps now; null for a new sequence where none is live */
    private @Nullable Answer advance(
            Step step, SequenceKey key, SequenceRow row, @Nullable Stamp seen, Digest id, Lease lease) {
        Layout layout = layout(key, row, lease);
        Batch batch = step.encode().apply(lease.version());
        if (batch.sequences() != 1) {
            throw new InvalidInputException(
                    "", "sequence_id: expected a batch of 1 sequence, got " + batch.sequences());
        }
        int steps = batch.totalSteps();
        boolean keepsHidden =
                step.hidden() && step.id() != null && steps > 1 && 4L * steps * layout.hiddenSize() <= MOST_KEPT;
        SequenceRow next = layout.row(keepsHidden ? steps : 0);
        next.memory().asSlice(0, layout.bytes()).copyFrom(row.memory().asSlice(0, layout.bytes()));
        float[] hidden = run(step, batch, next, layout, lease);
        if (keepsHidden) {
            layout.hidden(next, hidden);
        }
        next.steps(row.steps() + steps);
        next.touched(clock.millis());
        next.request(id);
        next.inputs(step.id() == null ? Digest.NONE : step.inputs().get());
        next.requestSteps(steps);
        if (!keep(step, key, seen, next)) {
            return null;
        }
        return answer(lease.version(), next, layout, hidden);
    }

    private boolean keep(Step step, SequenceKey key, @Nullable Stamp seen, SequenceRow next) {
        boolean begins = seen == null || seen.incarnation() != next.incarnation();
        Stamp last = seen;
        if (begins || !step.control().end()) {
            if (!store.put(key, seen, next)) {
                return false;
            }
            last = next.stamp();
        }
        if (step.control().end()) {
            if (!store.end(key, Objects.requireNonNull(last), step.id() == null ? null : next)) {
                return false;
            }
            meters.of(key.model()).ends().increment();
        }
        return true;
    }

    /** @return the top layer's output at each step, if it was wanted */
    private float[] run(Step step, Batch batch, SequenceRow next, Layout layout, Lease lease) {
        States states = layout.states(next);
        if (lease.version().card().descriptor().task() == Task.LANGUAGE_MODEL) {
            int[] ids = ((Batch.Input.Tokens) batch.input()).ids();
            if (next.steps() > 0) { // what the last step's output said of the character that now comes first
                next.logLikelihood(next.logLikelihood()
                        + LanguageScorer.logProbability(layout.logits(next), 0, layout.outputs(), ids[0]));
            }
            if (ids.length > 1) {
                LanguageScorer.Read read =
                        scorer.read(lease, ids, states, next.logLikelihood(), step.hidden(), step.caller());
                next.logLikelihood(read.logLikelihood());
                layout.logits(next, read.nextLogits());
                return read.hidden();
            }
        }
        Set<Output> wanted = step.hidden() ? EnumSet.of(Output.LOGITS, Output.HIDDEN) : EnumSet.of(Output.LOGITS);
        Outputs outputs = runner.run(lease, batch, states, wanted, step.caller());
        layout.logits(next, outputs.logits());
        return outputs.hidden();
    }

    /** Of the version that a sequence began with; refuses one whose version was deleted. */
    private Pins.Pin pin(SequenceKey key, SequenceRow row) {
        try {
            return pins.enter(key.model(), row.version());
        } catch (RegistryException.NotFound e) {
            throw SequenceException.Lost.withItsVersion(key, row.version());
        }
    }

    /** How the row of a sequence is to be read; refuses one that another engine or other weights left. */
    private static Layout layout(SequenceKey key, SequenceRow row, Lease lease) {
        Layout layout =
                Layout.of(lease.version().card().config(), lease.network().precision());
        if (!layout.fits(row) || row.weights() != weights(lease.version())) {
            throw SequenceException.Lost.withItsVersion(key, row.version());
        }
        return layout;
    }

    private static long weights(ModelVersion version) {
        return HexFormat.fromHexDigitsToLong(version.card().weightsSha256().substring(0, 16));
    }

    /** Half of the SHA-256 of a text. */
    public static Digest digest(String text) {
        return Digest.of(text.getBytes(StandardCharsets.UTF_8));
    }

    // --- besides steps ---

    /** Live sequences of a model, by id. */
    public List<SequenceStore.Entry> list(String model, int limit, @Nullable String after) {
        return store.list(registry.model(model).name(), limit, after);
    }

    /** A live sequence's state, signed, for another server or for its client to keep. */
    public byte[] state(String model, String id) {
        SequenceKey key = new SequenceKey(registry.model(model).name(), id);
        try (Turns.Turn turn = turns.enter(key)) {
            turn.await(Caller.PATIENT);
            SequenceRow row = requireLive(key);
            try (Pins.Pin pin = pin(key, row)) {
                Lease lease = pin.lease();
                layout(key, row, lease);
                return blobs.seal(new StateBlob.Content(
                        key.model(),
                        row.version(),
                        lease.version().card().weightsSha256(),
                        lease.network().precision(),
                        row));
            }
        }
    }

    /** Takes over a state that {@link #state} gave, here or elsewhere, in place of a live sequence of that id. */
    public void restore(String model, String id, byte[] blob) {
        StateBlob.Content content = blobs.open(blob);
        Model known = registry.model(model);
        if (!content.model().equals(known.name())) {
            throw new SequenceException.BadState("the state can't be taken over: expected one of model '" + known.name()
                    + "', got one of model '" + content.model() + "'");
        }
        ModelVersion version = versionOf(known, content);
        SequenceKey key = key(version, id);
        try (Turns.Turn turn = turns.enter(key);
                Lease _ = version.lease();
                Pins.Pin pin = pins.enter(key.model(), version.number())) {
            turn.await(Caller.PATIENT);
            SequenceRow row = content.row();
            States.Precision precision = pin.lease().network().precision();
            Layout layout = Layout.of(version.card().config(), precision);
            if (content.precision() != precision || !layout.fits(row)) {
                throw new SequenceException.BadState("the state can't be taken over: its numbers are "
                        + content.precision() + ", this server's engine keeps " + precision);
            }
            row.incarnation(ThreadLocalRandom.current().nextLong() | 1);
            row.version(version.number());
            row.touched(clock.millis());
            put(key, row);
        }
    }

    /** The version here that has the weights which the state is of, under whatever number. */
    private static ModelVersion versionOf(Model model, StateBlob.Content content) {
        return model.versions().reversed().stream()
                .filter(version -> version.card().weightsSha256().equals(content.weightsSha256()))
                .findFirst()
                .orElseThrow(() -> new SequenceException.BadState(
                        "the state can't be taken over: it is of weights " + content.weightsSha256() + " (version "
                                + content.version() + " where it comes from), which no version of model '"
                                + model.name() + "' has here"));
    }

    private void put(SequenceKey key, SequenceRow row) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Stamp seen = store.find(key) instanceof Found.Live(SequenceRow live) ? live.stamp() : null;
            if (store.put(key, seen, row)) {
                meters.of(key.model()).starts().increment();
                return;
            }
        }
        throw new SequenceException.Contended(key);
    }

    /** Ends a live sequence. */
    public void end(String model, String id) {
        SequenceKey key = new SequenceKey(registry.model(model).name(), id);
        try (Turns.Turn turn = turns.enter(key)) {
            turn.await(Caller.PATIENT);
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                if (store.end(key, requireLive(key).stamp(), null)) {
                    meters.of(key.model()).ends().increment();
                    return;
                }
            }
            throw new SequenceException.Contended(key);
        }
    }

    private SequenceRow requireLive(SequenceKey key) {
        return switch (store.find(key)) {
            case Found.Live(SequenceRow row) -> row;
            case Found.Ended _ -> throw new SequenceException.NotLive(key, "has ended");
            case Found.Expired expired ->
                throw new SequenceException.NotLive(
                        key, "was given up, idle " + expired.idle().toSeconds() + " s");
            case Found.Lost _ -> throw new SequenceException.Lost(key);
            case Found.Unknown _ -> throw new SequenceException.NotLive(key, "isn't known");
        };
    }

    /** Refuses the deletion of a version that live sequences need. */
    public void requireNone(ModelVersion version) {
        long live = store.count(version.name(), version.number());
        if (live > 0) {
            throw new SequenceException.InUse(version.name(), version.number(), live);
        }
    }

    /** Lets versions go whose sequences are all over. */
    void releaseUnused() {
        pins.releaseUnused(version -> store.count(version.model(), version.number()));
    }

    private void releaseNowAndThen() {
        while (true) {
            try {
                Thread.sleep(RELEASED_EVERY);
                releaseUnused();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                log.warn("versions whose sequences are over are let go later: {}", e.getMessage());
            }
        }
    }

    /** Whether steps can be kept now. */
    void requireServing() {
        store.requireServing();
    }

    @Override
    public void close() {
        releasing.interrupt();
        store.close();
        pins.close();
    }
}
