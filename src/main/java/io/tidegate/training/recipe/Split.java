package io.tidegate.training.recipe;

import static io.tidegate.training.recipe.Parameter.positive;
import static io.tidegate.training.recipe.Parameter.whole;

import io.tidegate.core.train.Seeds;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Which sequences train, choose the best weights, and test. Depends on the data and {@code splitSeed} alone and not on a job's
 * seed: two models of the same data are judged by sequences that neither has seen.
 */
record Split(int[] training, int[] validation, int[] test) {

    /** The parameters that say how large the parts are. */
    static final List<Parameter> SHARES = List.of(
            positive("validationShare", 0.1, 0.5, "share of the data that chooses the best weights"),
            positive("testShare", 0.1, 0.5, "share of the data that only tests"));

    static final Parameter SEED =
            whole("splitSeed", 0, 0, Integer.MAX_VALUE, "which sequences are held out; not changed by the job's seed");

    /**
     * Each class's sequences in the same shares, at random.
     *
     * @param classes number of them; 1 where there are none
     * @param classOf each sequence's
     */
    static Split stratified(int sequences, int classes, IntUnaryOperator classOf, Parameters p) {
        int[] part = new int[sequences]; // 0 training, 1 validation, 2 test
        int[] order = Seeds.permutation(sequences, Seeds.generator(p.whole("splitSeed"), "split", 0));
        int[] counts = new int[classes], seen = new int[classes];
        for (int k = 0; k < sequences; k++) {
            counts[classOf.applyAsInt(k)]++;
        }
        for (int k : order) {
            int of = classOf.applyAsInt(k);
            double place = (seen[of]++ + 0.5) / counts[of];
            part[k] = place < p.real("testShare") ? 2 : place < p.real("testShare") + p.real("validationShare") ? 1 : 0;
        }
        return new Split(of(part, 0), of(part, 1), of(part, 2)).requireFull(sequences);
    }

    /** In the order of the data: first training, then validation, then test. */
    static Split inOrder(int count, Parameters p) {
        int test = (int) Math.round(count * p.real("testShare"));
        int validation = (int) Math.round(count * p.real("validationShare"));
        int training = count - validation - test;
        return new Split(
                        IntStream.range(0, Math.max(0, training)).toArray(),
                        IntStream.range(Math.max(0, training), count - test).toArray(),
                        IntStream.range(count - test, count).toArray())
                .requireFull(count);
    }

    /** The accuracy of always naming the class that is most frequent among these. */
    static double largestShare(int[] chosen, int classes, IntUnaryOperator classOf) {
        int[] counts = new int[classes];
        for (int k : chosen) {
            counts[classOf.applyAsInt(k)]++;
        }
        return (double) Arrays.stream(counts).max().orElseThrow() / chosen.length;
    }

    private static int[] of(int[] part, int which) {
        return IntStream.range(0, part.length).filter(k -> part[k] == which).toArray();
    }

    private Split requireFull(int count) {
        for (int[] part : List.of(training, validation, test)) {
            if (part.length == 0) {
                throw new InvalidParametersException(
                        "/dataset",
                        "expected enough data for training, validation and test, got " + count + " sequences, of which "
                                + Arrays.toString(new int[] {training.length, validation.length, test.length})
                                + " would go to each; add data or change validationShare and testShare");
            }
        }
        return this;
    }
}
