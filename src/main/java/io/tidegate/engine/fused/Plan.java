package io.tidegate.engine.fused;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Output;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.NetworkConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * How many threads a batch of so many sequences is split over, and how few rows read the weights, as measured for one network on this
 * machine. Whatever it says, the bits are the same.
 */
final class Plan {

    /**
     * @param micros a step's time by option
     * @param settled whether the later times were as long as the earlier
     */
    private record Timing(double[] micros, boolean settled) {}

    /** @param timing in the order of {@link Split#options} */
    private record Choice(int sequences, Split split, Timing timing) {}

    private static final int[] SIZES = {1, 8, 32};
    private static final int STEPS = 16, FEWEST = 5;
    private static final long NANOS_PER_SIZE = 45_000_000;

    /** A split must bring as much, or its threads do better with requests of their own. */
    private static final double WORTH = 1.3;

    private static final double SETTLED = 0.1;

    /** Below this a step takes about as long as its parts' waiting for each other. */
    private static final long SMALLEST = 96 << 10;

    private final NetworkConfig config;
    private final String weights;
    private final int most;
    private volatile List<Choice> choices = List.of();
    private volatile @Nullable Timing abreast; // panels one by one, and side by side

    /** @param most parts at most */
    Plan(NetworkConfig config, boolean half, int most) {
        this.config = config;
        this.weights = half ? "bfloat16 weights" : "float32 weights";
        this.most = most;
    }

    Split split(int sequences) {
        Split split = Split.WHOLE;
        for (Choice choice : choices) {
            if (choice.sequences > sequences && choice.sequences > 1) {
                break;
            }
            split = choice.split;
        }
        return split;
    }

    /** Whether there is anything to choose. */
    boolean open(long weightBytes) {
        return (most > 1 || Lanes.WIDE) && weightBytes >= SMALLEST;
    }

    /**
     * Times the options, in turns, for a few sizes.
     *
     * @return whether the times had settled; they don't while code is being compiled, or a machine is busy
     */
    boolean learn(FusedNetwork network) {
        boolean settled = learnAbreast(network);
        if (most > 1) {
            List<Choice> learned = new ArrayList<>();
            for (int sequences : SIZES) {
                learned.add(learn(network, sequences));
            }
            choices = List.copyOf(learned);
            settled &= learned.stream().allMatch(choice -> choice.timing.settled);
        }
        return settled;
    }

    /** Whether few rows should read panels side by side; it's so on some processors, and not on others. */
    boolean learnAbreast(FusedNetwork network) {
        if (!network.fitsAbreast()) {
            return true;
        }
        Timing timing = time(
                2,
                option -> {
                    network.setAbreast(option == 1);
                    return Split.WHOLE;
                },
                network,
                1);
        network.setAbreast(timing.micros[1] < timing.micros[0]);
        abreast = timing;
        return timing.settled;
    }

    private Choice learn(FusedNetwork network, int sequences) {
        List<Split> options = Split.options(sequences, most);
        Timing timing = time(options.size(), options::get, network, sequences);
        double[] micros = timing.micros;
        int best = 0;
        for (int option = 1; option < options.size(); option++) {
            boolean moreThreads =
                    options.get(option).parts() > options.get(best).parts();
            if (micros[best] / micros[option] >= (moreThreads ? WORTH : 1)) {
                best = option;
            }
        }
        return new Choice(sequences, options.get(best), timing);
    }

    /** @param prepare what an option needs, and the split that it is */
    private Timing time(int options, IntFunction<Split> prepare, FusedNetwork network, int sequences) {
        Batch batch = Batch.uniform(input(sequences * STEPS), sequences);
        List<List<Double>> times = new ArrayList<>();
        for (int option = 0; option < options; option++) {
            times.add(new ArrayList<>());
        }
        long began = System.nanoTime();
        for (int round = 0; round < FEWEST || System.nanoTime() - began < NANOS_PER_SIZE; round++) {
            for (int option = 0; option < options; option++) {
                Split split = prepare.apply(option);
                long since = System.nanoTime();
                network.run(batch, network.zeroStates(sequences), Set.of(Output.LOGITS), split);
                times.get(option).add((System.nanoTime() - since) / 1e3 / STEPS);
            }
            if (round >= FEWEST && System.nanoTime() - began > 4 * NANOS_PER_SIZE) {
                break;
            }
        }
        double[] micros = times.stream()
                .mapToDouble(own -> median(own.subList(own.size() / 2, own.size())))
                .toArray();
        boolean settled = times.stream().allMatch(own -> {
            double earlier = median(own.subList(0, own.size() / 2)),
                    later = median(own.subList(own.size() / 2, own.size()));
            return later > earlier * (1 - SETTLED);
        });
        return new Timing(micros, settled);
    }

    private Batch.Input input(int steps) {
        return switch (config.input()) {
            case InputConfig.Features(int size) -> new Batch.Input.Features(new float[steps * size], size);
            case InputConfig.Tokens tokens -> new Batch.Input.Tokens(new int[steps]);
        };
    }

    private static double median(List<Double> times) {
        List<Double> sorted = times.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    /** In words, for a model's card. */
    List<String> described() {
        List<String> lines = new ArrayList<>();
        lines.add(weights + ", " + 8 * Lanes.VECTOR + "-bit vectors");
        Timing few = abreast;
        if (few != null) {
            lines.add(String.format(
                    Locale.ROOT,
                    "up to %d sequences: panels %s; measured %.1f µs a step one by one, %.1f side by side",
                    PackedMatrix.FEW,
                    few.micros[1] < few.micros[0] ? "side by side" : "one by one",
                    few.micros[0],
                    few.micros[1]));
        }
        for (Choice choice : choices) {
            List<Split> options = Split.options(choice.sequences, most);
            StringBuilder line = new StringBuilder("from %d sequence%s on: %s; measured"
                    .formatted(choice.sequences, choice.sequences == 1 ? "" : "s", choice.split.described()));
            for (int option = 0; option < choice.timing.micros.length; option++) {
                line.append(String.format(
                        Locale.ROOT,
                        "%s %.1f µs a step on %s",
                        option == 0 ? "" : ",",
                        choice.timing.micros[option],
                        options.get(option).described()));
            }
            lines.add(line.toString());
        }
        if (choices.isEmpty()) {
            lines.add("one thread a request");
        }
        return lines;
    }
}
