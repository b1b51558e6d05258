package io.tidegate.training.caption;

import io.tidegate.checkpoint.ModelOutput;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The words that captions are made of, and the unknown one for the rest. A word's token is its place, counted from 1. */
public final class CaptionVocabulary {

    private final List<String> words;
    private final Map<String, Integer> tokens = new HashMap<>();

    private CaptionVocabulary(List<String> words) {
        this.words = words;
        words.forEach(word -> tokens.put(word, tokens.size() + 1));
    }

    /**
     * The words of captions, the most frequent first.
     *
     * @param fewest times that a word must be there
     */
    public static CaptionVocabulary of(List<List<String>> captions, int fewest) {
        Map<String, Integer> counts = new HashMap<>();
        captions.forEach(caption -> caption.forEach(word -> counts.merge(word, 1, Integer::sum)));
        Stream<String> kept = counts.entrySet().stream()
                .filter(word -> word.getValue() >= fewest)
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey);
        return new CaptionVocabulary(
                Stream.concat(kept, Stream.of(ModelOutput.Captions.UNKNOWN)).toList());
    }

    public List<String> words() {
        return words;
    }

    public int unknown() {
        return words.size();
    }

    /** @param most words that are kept */
    public int[] tokens(List<String> caption, int most) {
        return caption.stream()
                .limit(most)
                .mapToInt(word -> tokens.getOrDefault(word, unknown()))
                .toArray();
    }

    public List<String> words(int[] caption) {
        return Arrays.stream(caption).mapToObj(token -> words.get(token - 1)).toList();
    }
}
