package io.tidegate.training.caption;

import static java.lang.Math.exp;
import static java.lang.Math.pow;
import static java.lang.Math.sqrt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Each score against cases worked out by hand; the arithmetic is beside them. */
class CaptionScoresTest {

    private static final Offset<Double> EXACTLY = within(1e-12);

    private static final String CAT = "the cat sat on the mat";

    // BLEU-4

    @Test
    void bleuOfACaptionEqualToAReferenceIsOne() {
        assertThat(Bleu.score(List.of(captioned(CAT, "a dog", CAT)))).isCloseTo(1, EXACTLY);
    }

    @Test
    void bleuCountsAnNGramAtMostAsOftenAsAReferenceHasIt() {
        // "the the the the the the the" and "the cat is on the mat", "there is a cat on the mat", from the paper: the
        // matches once, p_1 = 2/7. No bigram matches, so BLEU-4 is 0; with p_1 … p_4 all positive:
        // candidate a b c d d, reference a b c d e:
        //   p_1 = 4/5 (the second d is one too many), p_2 = 3/4, p_3 = 2/3, p_4 = 1/2; lengths 5 and 5, BP = 1
        //   (4/5 · 3/4 · 2/3 · 1/2)^¼ = (1/5)^¼
        assertThat(Bleu.score(List.of(captioned(
                        "the the the the the the the", "the cat is on the mat", "there is a cat on the mat"))))
                .isZero();
        assertThat(Bleu.score(List.of(captioned("a b c d d", "a b c d e")))).isCloseTo(pow(0.2, 0.25), EXACTLY);
    }

    @Test
    void bleuSumsOverTheCorpusBeforeItDivides() {
        // a b c d against itself: matches 4, 3, 2, 1 of 4, 3, 2, 1. x against y: 0 of 1, no longer n-grams.
        // p_1 = 4/5, the others 1; lengths 5 and 5
        assertThat(Bleu.score(List.of(captioned("a b c d", "a b c d"), captioned("x", "y"))))
                .isCloseTo(pow(0.8, 0.25), EXACTLY);
    }

    @Test
    void bleuPunishesBrevityAgainstTheClosestReferenceTheShorterOfTwo() {
        // candidate of 4 words, all n-grams match; references of 6 and 9: r = 6, BP = exp(1 − 6/4)
        assertThat(Bleu.score(List.of(captioned("a b c d", "a b c d e f", "a b c d e f g h i"))))
                .isCloseTo(exp(-0.5), EXACTLY);
        // references of 3 and 5 are equally close to 4: r = 3, BP = 1
        assertThat(Bleu.score(List.of(captioned("a b c d", "x y z", "a b c d e"))))
                .isCloseTo(1, EXACTLY);
    }

    // METEOR

    @Test
    void meteorOfEqualSentencesIsOneLessThePenaltyOfOneChunk() {
        // m = 6, P = R = F = 1, 1 chunk: 1 − 0.5 · (1/6)³ = 0.997685…
        assertThat(Meteor.score(captioned(CAT, CAT))).isCloseTo(1 - 0.5 / 216, EXACTLY);
    }

    @Test
    void meteorWeighsRecallNineTimesAsMuchAsPrecision() {
        // "the cat was sat on the mat": m = 6, P = 6/7, R = 1, F = (6/7) / (0.9 · 6/7 + 0.1) = 60/61; chunks "the cat",
        // "sat on the mat": 1 − 0.5 · (2/6)³ = 53/54
        assertThat(Meteor.score(captioned("the cat was sat on the mat", CAT)))
                .isCloseTo(60 / 61.0 * 53 / 54.0, EXACTLY);
    }

    @Test
    void meteorTakesTheAlignmentWithTheFewestChunks() {
        // "on the mat sat the cat": of both ways to match the two "the", one gives the chunks "on the mat", "sat",
        // "the cat": 1 − 0.5 · (3/6)³ = 0.9375
        assertThat(Meteor.score(captioned("on the mat sat the cat", CAT))).isCloseTo(0.9375, EXACTLY);
    }

    @Test
    void meteorMatchesWordsOfOneStem() {
        // dogs ~ dog, running ~ runs (stem run); "two" and "a" don't match: m = 2, P = R = F = 2/3, one chunk:
        // 2/3 · (1 − 0.5 · (1/2)³) = 2/3 · 15/16
        assertThat(Meteor.score(captioned("two dogs running", "a dog runs"))).isCloseTo(0.625, EXACTLY);
    }

    @Test
    void meteorTakesTheBestReferenceAndTheMeanOverImages() {
        Captioned same = captioned(CAT, "nothing alike", CAT), other = captioned("x", "y");
        assertThat(Meteor.score(List.of(same, other))).isCloseTo((1 - 0.5 / 216) / 2, EXACTLY);
    }

    @Test
    void meteorOfOneWordManyTimesOverIsDone() {
        String many = String.join(" ", Collections.nCopies(60, "a"));
        assertThat(Meteor.score(captioned(many, many))).isGreaterThan(0.99);
    }

    // ROUGE-L

    @Test
    void rougeLIsTheFMeasureOfTheLongestCommonSubsequence() {
        // "police killed the gunman" and "police kill the gunman": LCS 3 (police the gunman) of 4 and 4: P = R = F =
        // 3/4
        assertThat(RougeL.score(captioned("police kill the gunman", "police killed the gunman")))
                .isCloseTo(0.75, EXACTLY);
        // candidate a c, reference a b c d: LCS 2, P = 1, R = 1/2: (1 + 1.44) · 0.5 / (0.5 + 1.44) = 1.22 / 1.94
        assertThat(RougeL.score(captioned("a c", "a b c d"))).isCloseTo(1.22 / 1.94, EXACTLY);
    }

    @Test
    void rougeLTakesTheBestPrecisionAndTheBestRecallOverTheReferences() {
        // candidate a b c; reference a b c d e f: P = 1, R = 1/2; reference a: P = 1/3, R = 1. Best P = 1, best R = 1
        assertThat(RougeL.score(captioned("a b c", "a b c d e f", "a"))).isCloseTo(1, EXACTLY);
        assertThat(RougeL.score(captioned("x", "a"))).isZero();
    }

    // CIDEr-D

    @Test
    void ciderOfEqualSentencesIsTenWhereEveryLengthHasAnNGram() {
        // every n-gram is in one of two images, so each weighs log 2 and each sim_n is 1
        assertThat(CiderD.score(List.of(captioned("a b c d", "a b c d"), captioned("e f g h", "e f g h"))))
                .isCloseTo(10, EXACTLY);
    }

    @Test
    void ciderIsTheCosineOfWeightedNGramsMeanOverLengths() {
        // two images, every n-gram in at most one: all weigh log 2, which cancels.
        // "a b" against itself: sim_1 = sim_2 = 1, no longer n-grams: 10 · 2/4 = 5
        // "c a" against "c d": sim_1 = 1/(√2 √2) = 1/2, sim_2 = 0: 10 · (1/2)/4 = 1.25
        List<Captioned> corpus = List.of(captioned("a b", "a b"), captioned("c a", "c d"));
        CiderD cider = new CiderD(corpus);

        assertThat(cider.score(corpus.get(0))).isCloseTo(5, EXACTLY);
        assertThat(cider.score(corpus.get(1))).isCloseTo(1.25, EXACTLY);
        assertThat(CiderD.score(corpus)).isCloseTo(3.125, EXACTLY);
    }

    @Test
    void ciderGivesWordsOfEveryImageNoWeight() {
        // "a" is in both images: log(2/2) = 0. "a b" against "a c": only "a" in common, so 0
        assertThat(CiderD.score(List.of(captioned("a b", "a c"), captioned("a d", "a e"))))
                .isZero();
        // "b" weighs log(4/2) = log 2, "c" and "d" log 4 = 2 log 2. "b c" against "b d":
        // sim_1 = 1 / (√5 √5) = 1/5, sim_2 = 0: 10 · (1/5)/4 = 0.5
        List<Captioned> corpus =
                List.of(captioned("b c", "b d"), captioned("b", "b"), captioned("c", "c"), captioned("x", "x"));
        assertThat(new CiderD(corpus).score(corpus.getFirst())).isCloseTo(0.5, EXACTLY);
    }

    @Test
    void ciderClipsRepetitions() {
        // "c c" against "c d": g(c) = 2 log 2, clipped to the reference's log 2: 1 / (2 · √2); sim_2 = 0
        List<Captioned> corpus = List.of(captioned("c c", "c d"), captioned("a", "a"));
        assertThat(new CiderD(corpus).score(corpus.getFirst())).isCloseTo(2.5 / (2 * sqrt(2)), EXACTLY);
    }

    @Test
    void ciderPunishesAnotherLength() {
        // "c" against "c d e f": 3 words apart, exp(−9/72); sim_1 = 1 / (1 · √4) = 1/2
        List<Captioned> corpus = List.of(captioned("c", "c d e f"), captioned("a", "a"));
        assertThat(new CiderD(corpus).score(corpus.getFirst())).isCloseTo(10 * exp(-0.125) / 2 / 4, EXACTLY);
    }

    @Test
    void ciderIsTheMeanOverTheReferences() {
        // "c" against "c" is sim_1 = 1, against "d" 0: 10 · (1/4) / 2
        List<Captioned> corpus = List.of(captioned("c", "c", "d"), captioned("a", "a"));
        assertThat(new CiderD(corpus).score(corpus.getFirst())).isCloseTo(1.25, EXACTLY);
    }

    @Test
    void anEmptyCaptionScoresNothing() {
        CaptionScores scores = CaptionScores.of(List.of(captioned("", "a b"), captioned("", "c")));
        assertThat(scores).isEqualTo(new CaptionScores(0, 0, 0, 0));
    }

    private static Captioned captioned(String candidate, String... references) {
        return new Captioned(
                words(candidate),
                Arrays.stream(references).map(CaptionScoresTest::words).toList());
    }

    private static List<String> words(String sentence) {
        return sentence.isEmpty() ? List.of() : List.of(sentence.split(" ", -1));
    }
}
