package io.tidegate.training.caption;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * CIDEr-D: how like the references a caption is, by n-grams that weigh more the fewer images have them.
 *
 * <pre>
 *   g_n(s) = count(ω in s) · log(N / max(1, images with ω in a reference))        for each n-gram ω
 *   sim_n(c, r) = exp(−(|c| − |r|)² / 2σ²) · Σ_ω min(g_n(c), g_n(r)) g_n(r) / (‖g_n(c)‖ ‖g_n(r)‖)
 *   CIDEr-D = 10 · mean over n = 1 … 4 and over the references of sim_n
 * </pre>
 *
 * N is the number of images, σ = 6, lengths are in words. 10 is a caption equal to its only reference, of at least four words
 * each with an n-gram of its own; a corpus's score is the mean. Over a single image all weights, and so the score, are 0.
 *
 * <p>Source: Vedantam, Zitnick, Parikh 2015, section 3 and its CIDEr-D.
 */
final class CiderD {

    private static final double SIGMA = 6;

    private final int images;
    private final Map<List<String>, Integer> imagesWith = new HashMap<>();

    /** @param corpus whose references the weights come from */
    CiderD(List<Captioned> corpus) {
        this.images = corpus.size();
        for (Captioned each : corpus) {
            Set<List<String>> ngrams = new HashSet<>();
            for (List<String> reference : each.references()) {
                for (int n = 1; n <= NGrams.MOST; n++) {
                    ngrams.addAll(NGrams.of(reference, n).keySet());
                }
            }
            ngrams.forEach(ngram -> imagesWith.merge(ngram, 1, Integer::sum));
        }
    }

    /** The mean over a corpus, with the weights from its own references. */
    static double score(List<Captioned> corpus) {
        CiderD cider = new CiderD(corpus);
        return corpus.stream().mapToDouble(cider::score).average().orElse(0);
    }

    double score(Captioned captioned) {
        double sum = 0;
        for (int n = 1; n <= NGrams.MOST; n++) {
            Map<List<String>, Double> candidate = vector(captioned.candidate(), n);
            for (List<String> reference : captioned.references()) {
                double apart = captioned.candidate().size() - reference.size();
                double penalty = Math.exp(-apart * apart / (2 * SIGMA * SIGMA));
                sum += penalty * similarity(candidate, vector(reference, n));
            }
        }
        return 10 * sum / NGrams.MOST / captioned.references().size();
    }

    private Map<List<String>, Double> vector(List<String> words, int n) {
        Map<List<String>, Double> vector = new LinkedHashMap<>();
        NGrams.of(words, n).forEach((ngram, count) -> {
            int with = Math.max(1, imagesWith.getOrDefault(ngram, 0));
            vector.put(ngram, count * Math.log((double) images / with));
        });
        return vector;
    }

    private static double similarity(Map<List<String>, Double> candidate, Map<List<String>, Double> reference) {
        double sum = 0;
        for (Map.Entry<List<String>, Double> ngram : candidate.entrySet()) {
            double there = reference.getOrDefault(ngram.getKey(), 0.0);
            sum += Math.min(ngram.getValue(), there) * there;
        }
        return sum == 0 ? 0 : sum / (norm(candidate) * norm(reference));
    }

    private static double norm(Map<List<String>, Double> vector) {
        return Math.sqrt(vector.values().stream().mapToDouble(g -> g * g).sum());
    }
}
