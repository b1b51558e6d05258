package io.tidegate.training.caption;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * BLEU-4 of a corpus, from 0 to 1.
 *
 * <pre>
 *   p_n = Σ clipped n-gram matches / Σ n-grams of the candidates        both sums over the corpus
 *   BP = min(1, exp(1 − r / c))
 *   BLEU = BP · (p_1 p_2 p_3 p_4)^¼
 * </pre>
 *
 * c is the candidates' length, r that of each one's closest reference, the shorter of two. An n-gram counts at most as often
 * as in the reference that has it most often. Nothing is smoothed: without a match of four words the score is 0.
 *
 * <p>Source: Papineni, Roukos, Ward, Zhu 2002.
 */
final class Bleu {

    private Bleu() {}

    static double score(List<Captioned> corpus) {
        double logPrecision = 0;
        for (int n = 1; n <= NGrams.MOST; n++) {
            long matches = 0, all = 0;
            for (Captioned each : corpus) {
                matches += matches(each, n);
                all += Math.max(0, each.candidate().size() - n + 1);
            }
            if (matches == 0) {
                return 0;
            }
            logPrecision += Math.log((double) matches / all) / NGrams.MOST;
        }
        long candidates = 0, references = 0;
        for (Captioned each : corpus) {
            candidates += each.candidate().size();
            references += closest(each);
        }
        double brevity = Math.min(0, 1 - (double) references / candidates);
        return Math.exp(brevity + logPrecision);
    }

    private static long matches(Captioned captioned, int n) {
        Map<List<String>, Integer> most = new HashMap<>();
        for (List<String> reference : captioned.references()) {
            NGrams.of(reference, n).forEach((ngram, count) -> most.merge(ngram, count, Math::max));
        }
        long matches = 0;
        for (Map.Entry<List<String>, Integer> ngram :
                NGrams.of(captioned.candidate(), n).entrySet()) {
            matches += Math.min(ngram.getValue(), most.getOrDefault(ngram.getKey(), 0));
        }
        return matches;
    }

    private static int closest(Captioned captioned) {
        int length = captioned.candidate().size();
        return captioned.references().stream()
                .map(List::size)
                .min(Comparator.<Integer>comparingInt(size -> Math.abs(size - length))
                        .thenComparingInt(size -> size))
                .orElseThrow();
    }
}
