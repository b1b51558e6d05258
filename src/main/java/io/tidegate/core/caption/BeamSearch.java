package io.tidegate.core.caption;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Finds likely captions by keeping, after each word, the so many likeliest beginnings; a width of 1 is greedy decoding. The
 * same captioner and image give the same captions: of equals, the beginning that ranked higher goes first, then the lower token.
 *
 * @param width beginnings that are kept
 * @param mostWords a caption that has so many must end
 * @param lengthPower a caption of n words, its end counted as one, is ranked by log p / nᵖ: 0 ranks by likelihood alone,
 *     which prefers short captions, 1 by the mean over the words
 */
public record BeamSearch(int width, int mostWords, double lengthPower) {

    /**
     * @param words tokens, without boundaries; at least one
     * @param logProbability of the words and the end, in nats
     */
    public record Caption(int[] words, double logProbability) {}

    private record Beginning(Captioner.Progress progress, int last, int[] words, double logProbability) {}

    private record Candidate(Beginning from, Captioner.Step step, int token, double logProbability) {}

    public BeamSearch {
        if (width < 1 || mostWords < 1 || !(lengthPower >= 0)) {
            throw new IllegalArgumentException("beam search: expected a width and a number of words of at least 1 and a"
                    + " length power of at least 0, got " + width + ", " + mostWords + ", " + lengthPower);
        }
    }

    public static BeamSearch greedy(int mostWords) {
        return new BeamSearch(1, mostWords, 0);
    }

    /**
     * @param regions [regions][F]
     * @param forbidden tokens that no caption may have, such as that of unknown words
     * @return at most {@code width} captions, the best first
     */
    public List<Caption> search(Captioner captioner, double[][] regions, int... forbidden) {
        List<Caption> ended = new ArrayList<>();
        List<Beginning> live = List.of(new Beginning(captioner.begin(regions), CaptionConfig.BOUNDARY, new int[0], 0));
        for (int words = 0; words <= mostWords && !live.isEmpty() && !settled(ended, live); words++) {
            List<Candidate> candidates = new ArrayList<>();
            for (Beginning beginning : live) {
                Captioner.Step step = captioner.read(beginning.progress(), beginning.last());
                addLikeliest(beginning, step, forbidden, candidates);
            }
            candidates.sort(Comparator.comparingDouble(candidate -> -candidate.logProbability())); // stable
            List<Beginning> next = new ArrayList<>();
            for (Candidate candidate : candidates.subList(0, Math.min(width, candidates.size()))) {
                if (candidate.token() == CaptionConfig.BOUNDARY) {
                    ended.add(new Caption(candidate.from().words(), candidate.logProbability()));
                } else {
                    next.add(extended(candidate));
                }
            }
            live = next;
        }
        ended.sort(Comparator.comparingDouble(caption -> -rank(caption.logProbability(), caption.words().length)));
        return ended.subList(0, Math.min(width, ended.size()));
    }

    private static Beginning extended(Candidate candidate) {
        int[] before = candidate.from().words(), words = Arrays.copyOf(before, before.length + 1);
        words[before.length] = candidate.token();
        return new Beginning(candidate.step().progress(), candidate.token(), words, candidate.logProbability());
    }

    /** Whether no beginning can still become better than the captions that ended, of which there are enough. */
    private boolean settled(List<Caption> ended, List<Beginning> live) {
        if (ended.size() < width) {
            return false;
        }
        double best = live.stream().mapToDouble(Beginning::logProbability).max().orElse(Double.NEGATIVE_INFINITY);
        long better = ended.stream()
                .filter(caption -> rank(caption.logProbability(), caption.words().length) >= rank(best, mostWords))
                .count();
        return better >= width;
    }

    private double rank(double logProbability, int words) {
        return logProbability / Math.pow(words + 1, lengthPower);
    }

    /** Adds the so many likeliest next tokens, the likeliest first. */
    private void addLikeliest(Beginning from, Captioner.Step step, int[] forbidden, List<Candidate> candidates) {
        double[] logits = step.logits();
        double logSum = CrossEntropy.logSumExp(logits);
        int words = from.words().length;
        int[] best = new int[Math.min(width, logits.length)];
        int found = 0;
        for (int token = 0; token < logits.length; token++) {
            boolean end = token == CaptionConfig.BOUNDARY;
            if (end ? words == 0 : words == mostWords || contains(forbidden, token)) {
                continue;
            }
            int place = found;
            while (place > 0 && logits[token] > logits[best[place - 1]]) {
                place--;
            }
            if (place < best.length) {
                int kept = Math.min(found, best.length - 1);
                System.arraycopy(best, place, best, place + 1, kept - place);
                best[place] = token;
                found = kept + 1;
            }
        }
        for (int k = 0; k < found; k++) {
            candidates.add(new Candidate(from, step, best[k], from.logProbability() + logits[best[k]] - logSum));
        }
    }

    private static boolean contains(int[] tokens, int token) {
        for (int each : tokens) {
            if (each == token) {
                return true;
            }
        }
        return false;
    }
}
