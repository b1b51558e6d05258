package io.tidegate.core.engine;

import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.NetworkConfig;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Back-propagation through time in the memory of √T steps instead of T (Chen, Xu, Zhang, Guestrin 2016, "Training Deep Nets with
 * Sublinear Memory Cost"): forward, only the states at the borders of windows of 2√T steps are kept; back, each window is run again, last one
 * first. The gradient is the whole one, not a truncated one; its bits differ from those without windows, since sums over steps
 * are made window by window.
 *
 * <p>Not for two-way layers, which read the end first, nor with dropout.
 */
public final class ActivationCheckpointing extends ForwardingNetwork {

    private static final float[] NONE = {};

    private final GradientSum sum;

    /** @param network closed with this one */
    public ActivationCheckpointing(LoadedNetwork network) {
        super(network);
        if (network.config().bidirectional()) {
            throw new IllegalArgumentException("activation checkpointing: expected one-way layers, got two-way ones");
        }
        this.sum = network.gradientSum();
    }

    /** Steps of a window, for a longest sequence of so many: 2√T, half as many windows as take the least memory. */
    public static int window(long steps) {
        return Math.toIntExact(Math.min(steps, (long) Math.ceil(2 * Math.sqrt((double) steps))));
    }

    /**
     * Some steps of those sequences of a batch that are long enough.
     *
     * @param sequences of the whole batch
     * @param first step of each, among all steps of the whole batch
     * @param last whether a sequence ends here
     */
    private record Window(Batch batch, int[] sequences, int[] first, boolean[] last) {

        static Window of(Batch whole, int from, int steps) {
            int[] sequences = IntStream.range(0, whole.sequences())
                    .filter(b -> whole.length(b) > from)
                    .toArray();
            int[] first = new int[sequences.length], offsets = new int[sequences.length + 1];
            boolean[] last = new boolean[sequences.length];
            for (int s = 0; s < sequences.length; s++) {
                int length = whole.length(sequences[s]);
                first[s] = whole.offsets()[sequences[s]] + from;
                offsets[s + 1] = offsets[s] + Math.min(steps, length - from);
                last[s] = from + steps >= length;
            }
            return new Window(new Batch(input(whole.input(), first, offsets), offsets), sequences, first, last);
        }

        private static Batch.Input input(Batch.Input whole, int[] first, int[] offsets) {
            int steps = offsets[first.length];
            return switch (whole) {
                case Batch.Input.Features(float[] values, int size) ->
                    new Batch.Input.Features(gathered(values, first, offsets, size), size);
                case Batch.Input.Tokens(int[] ids) -> {
                    int[] own = new int[steps];
                    for (int s = 0; s < first.length; s++) {
                        System.arraycopy(ids, first[s], own, offsets[s], offsets[s + 1] - offsets[s]);
                    }
                    yield new Batch.Input.Tokens(own);
                }
            };
        }

        private static float[] gathered(float[] whole, int[] first, int[] offsets, int size) {
            float[] own = new float[Math.multiplyExact(offsets[first.length], size)];
            for (int s = 0; s < first.length; s++) {
                System.arraycopy(whole, first[s] * size, own, offsets[s] * size, (offsets[s + 1] - offsets[s]) * size);
            }
            return own;
        }

        /** This window's rows of a value of each step, [total steps, size]. */
        float[] steps(float[] whole, int size) {
            return whole.length == 0 ? NONE : gathered(whole, first, batch.offsets(), size);
        }

        /** The way back from {@link #steps}. */
        void putSteps(float[] own, float[] whole, int size) {
            for (int s = 0; s < first.length && own.length > 0; s++) {
                int at = batch.offsets()[s];
                System.arraycopy(own, at * size, whole, first[s] * size, batch.length(s) * size);
            }
        }
    }

    @Override
    public Gradients backpropagate(Batch batch, States states, Objective objective, Dropout dropout) {
        if (!dropout.isNone()) {
            throw new IllegalArgumentException("activation checkpointing: expected no dropout, got " + dropout.rate());
        }
        int longest =
                IntStream.range(0, batch.sequences()).map(batch::length).max().orElseThrow();
        int size = window(longest);
        List<Window> windows = IntStream.iterate(0, from -> from < longest, from -> from + size)
                .mapToObj(from -> Window.of(batch, from, size))
                .toList();
        States[] borders = new States[windows.size()];
        Outputs upstream = objective.gradient(forward(batch, windows, borders, states, objective.reads()));

        NetworkConfig config = config();
        float[] dStates = objective.finalStatesGradient();
        dStates = dStates.length > 0 ? dStates.clone() : new float[batch.sequences() * config.stateSize()];
        int inputSize = batch.input() instanceof Batch.Input.Features(float[] _, int features) ? features : 0;
        float[] dInput = new float[objective.wantsInputGradient() ? batch.totalSteps() * inputSize : 0];
        double[] gradient = {};
        for (int w = windows.size() - 1; w >= 0; w--) {
            Window window = windows.get(w);
            Gradients part = sum.add(
                    window.batch(),
                    borders[w],
                    new Part(window, objective, upstream, dStates),
                    w == windows.size() - 1,
                    w == 0);
            gradient = part.weights();
            if (dInput.length > 0) {
                window.putSteps(part.input(), dInput, inputSize);
            }
            for (int s = 0; s < window.sequences().length; s++) {
                System.arraycopy(
                        part.initialStates(),
                        s * config.stateSize(),
                        dStates,
                        window.sequences()[s] * config.stateSize(),
                        config.stateSize());
            }
        }
        return new Gradients(gradient, dInput, dStates);
    }

    /**
     * @param borders receives the states before each window
     * @param states those before the batch; those after it when this returns
     */
    private Outputs forward(Batch batch, List<Window> windows, States[] borders, States states, Set<Output> wanted) {
        int K = config().outputs(), top = config().topLayer().outputSize();
        Outputs whole = Outputs.zeros(config(), batch, wanted);
        for (int w = 0; w < windows.size(); w++) {
            Window window = windows.get(w);
            int count = window.sequences().length;
            States before = zeroStates(count), after = zeroStates(count);
            for (int s = 0; s < count; s++) {
                states.copyRow(window.sequences()[s], before, s);
                states.copyRow(window.sequences()[s], after, s);
            }
            borders[w] = before;
            Outputs part = network.run(window.batch(), after, wanted);
            for (int s = 0; s < count; s++) {
                after.copyRow(s, states, window.sequences()[s]);
                if (window.last()[s] && whole.logits().length > 0) {
                    System.arraycopy(part.logits(), s * K, whole.logits(), window.sequences()[s] * K, K);
                }
            }
            window.putSteps(part.stepLogits(), whole.stepLogits(), K);
            window.putSteps(part.hidden(), whole.hidden(), top);
        }
        return whole;
    }

    /** What the loss says of one window, when those after it have been worked through. */
    private final class Part implements Objective {

        private final Window window;
        private final Objective whole;
        private final Outputs upstream;
        private final float[] dStates; // [sequences of the whole batch, state size]

        Part(Window window, Objective whole, Outputs upstream, float[] dStates) {
            this.window = window;
            this.whole = whole;
            this.upstream = upstream;
            this.dStates = dStates;
        }

        @Override
        public Set<Output> reads() {
            return whole.reads();
        }

        @Override
        public Outputs gradient(Outputs outputs) {
            int K = config().outputs();
            float[] logits = new float[upstream.logits().length == 0 ? 0 : window.sequences().length * K];
            for (int s = 0; s < window.sequences().length && logits.length > 0; s++) {
                if (window.last()[s]) {
                    System.arraycopy(upstream.logits(), window.sequences()[s] * K, logits, s * K, K);
                }
            }
            return new Outputs(
                    logits,
                    window.steps(upstream.stepLogits(), K),
                    window.steps(upstream.hidden(), config().topLayer().outputSize()));
        }

        @Override
        public float[] finalStatesGradient() {
            int size = config().stateSize();
            float[] own = new float[window.sequences().length * size];
            for (int s = 0; s < window.sequences().length; s++) {
                System.arraycopy(dStates, window.sequences()[s] * size, own, s * size, size);
            }
            return own;
        }

        @Override
        public boolean wantsInputGradient() {
            return whole.wantsInputGradient();
        }
    }
}
