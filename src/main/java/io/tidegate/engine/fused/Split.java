package io.tidegate.engine.fused;

import java.util.ArrayList;
import java.util.List;

/**
 * How a batch is split over threads.
 *
 * @param parts how many
 * @param bySequences each does some sequences by itself; else each does some panels of all of them, in step with the others
 */
record Split(int parts, boolean bySequences) {

    static final Split WHOLE = new Split(1, false);

    /** What there is to choose from for a batch of so many sequences on at most so many threads; the whole first. */
    static List<Split> options(int sequences, int most) {
        List<Split> options = new ArrayList<>(List.of(WHOLE));
        for (int parts = Math.min(2, most); parts > 1; parts = parts == most ? 0 : Math.min(2 * parts, most)) {
            options.add(new Split(parts, false));
            if (sequences >= 2 * parts) {
                options.add(new Split(parts, true));
            }
        }
        return options;
    }

    String described() {
        return (parts == 1 ? "1 thread" : parts + " threads") + (bySequences ? " by sequences" : "");
    }
}
