package io.tidegate.training.caption;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import opennlp.tools.stemmer.PorterStemmer;

/**
 * METEOR, from 0 to 1, with exact and stem matching, and the mean over a corpus.
 *
 * <pre>
 *   P = m / candidate's length,  R = m / reference's length             m: words matched, each with one of the other side
 *   F = P R / (α P + (1 − α) R)
 *   METEOR = F · (1 − γ (chunks / m)^β)                                 the best over the references
 * </pre>
 *
 * α = 0.9, β = 3, γ = 0.5, the parameters of the first METEOR. Words match where their Porter stems are equal, and so equal
 * words do. Of the alignments with the most matches the one with the fewest chunks counts; a chunk is a run of words that are
 * neighbours on both sides. Without synonyms, paraphrases and tuned parameters, its numbers aren't those of METEOR 1.5.
 *
 * <p>Source: Banerjee and Lavie 2005.
 */
final class Meteor {

    private static final double ALPHA = 0.9, BETA = 3, GAMMA = 0.5;

    /** Alignments followed at once: all there are for ordinary sentences, a bound for one word a hundred times over. */
    private static final int MOST_ALIGNMENTS = 256;

    private static final Comparator<Alignment> BEST_FIRST =
            Comparator.comparingInt(Alignment::matches).reversed().thenComparingInt(Alignment::chunks);

    /**
     * Of the candidate's words so far.
     *
     * @param used the reference's words that are taken
     * @param last the reference's word that the candidate's last one has; −2 for none
     */
    private record Alignment(BitSet used, int last, int matches, int chunks) {

        static final Alignment NONE = new Alignment(new BitSet(), -2, 0, 0);

        Alignment without() {
            return new Alignment(used, -2, matches, chunks);
        }

        Alignment with(int word) {
            BitSet now = (BitSet) used.clone();
            now.set(word);
            return new Alignment(now, word, matches + 1, word == last + 1 ? chunks : chunks + 1);
        }
    }

    private record Place(BitSet used, int last) {}

    private Meteor() {}

    static double score(List<Captioned> corpus) {
        return corpus.stream().mapToDouble(Meteor::score).average().orElse(0);
    }

    static double score(Captioned captioned) {
        return captioned.references().stream()
                .mapToDouble(reference -> score(captioned.candidate(), reference))
                .max()
                .orElseThrow();
    }

    private static double score(List<String> candidate, List<String> reference) {
        Alignment best = align(stems(candidate), stems(reference));
        if (best.matches() == 0) {
            return 0;
        }
        double matches = best.matches();
        double precision = matches / candidate.size(), recall = matches / reference.size();
        double mean = precision * recall / (ALPHA * precision + (1 - ALPHA) * recall);
        return mean * (1 - GAMMA * Math.pow(best.chunks() / matches, BETA));
    }

    private static List<String> stems(List<String> words) {
        PorterStemmer stemmer = new PorterStemmer(); // keeps its buffer, so it isn't shared
        return words.stream().map(stemmer::stem).toList();
    }

    /** Goes through the candidate word by word; of the alignments that leave the same choices, the best is followed. */
    private static Alignment align(List<String> candidate, List<String> reference) {
        List<Alignment> all = List.of(Alignment.NONE);
        for (String word : candidate) {
            Map<Place, Alignment> next = new LinkedHashMap<>();
            for (Alignment alignment : all) {
                offer(alignment.without(), next);
                for (int k = 0; k < reference.size(); k++) {
                    if (reference.get(k).equals(word) && !alignment.used().get(k)) {
                        offer(alignment.with(k), next);
                    }
                }
            }
            all = new ArrayList<>(next.values());
            all.sort(BEST_FIRST); // stable: the same sentences give the same score
            all = all.subList(0, Math.min(all.size(), MOST_ALIGNMENTS));
        }
        return all.stream().min(BEST_FIRST).orElseThrow();
    }

    private static void offer(Alignment alignment, Map<Place, Alignment> next) {
        next.merge(
                new Place(alignment.used(), alignment.last()),
                alignment,
                (a, b) -> BEST_FIRST.compare(b, a) < 0 ? b : a);
    }
}
