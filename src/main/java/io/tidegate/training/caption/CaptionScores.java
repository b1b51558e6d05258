package io.tidegate.training.caption;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The scores that captioning reports, over a corpus.
 *
 * @param bleu4 0 to 1, {@link Bleu}
 * @param meteor 0 to 1, {@link Meteor}
 * @param rougeL 0 to 1, {@link RougeL}
 * @param ciderD 0 to 10, {@link CiderD}
 */
public record CaptionScores(double bleu4, double meteor, double rougeL, double ciderD) {

    public static CaptionScores of(List<Captioned> corpus) {
        return new CaptionScores(Bleu.score(corpus), Meteor.score(corpus), RougeL.score(corpus), CiderD.score(corpus));
    }

    /** By name, for a model's card: {@code {prefix}.ciderD} and so on. */
    public Map<String, Double> named(String prefix) {
        Map<String, Double> named = new LinkedHashMap<>();
        named.put(prefix + ".bleu4", bleu4);
        named.put(prefix + ".meteor", meteor);
        named.put(prefix + ".rougeL", rougeL);
        named.put(prefix + ".ciderD", ciderD);
        return named;
    }
}
