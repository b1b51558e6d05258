package io.tidegate.training.caption;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The runs of n words in a sentence, with how often each is there. */
final class NGrams {

    /** Every score here goes up to four words. */
    static final int MOST = 4;

    private NGrams() {}

    static Map<List<String>, Integer> of(List<String> words, int n) {
        Map<List<String>, Integer> counts =
                new LinkedHashMap<>(); // in order: sums over it have the same bits each time
        for (int from = 0; from + n <= words.size(); from++) {
            counts.merge(words.subList(from, from + n), 1, Integer::sum);
        }
        return counts;
    }
}
