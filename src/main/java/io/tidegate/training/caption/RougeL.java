package io.tidegate.training.caption;

import java.util.List;

/**
 * ROUGE-L, from 0 to 1, with β = 1.2 as captioning has it, and the mean over a corpus.
 *
 * <pre>
 *   P = LCS / candidate's length,  R = LCS / reference's length         the best of each over the references
 *   F = (1 + β²) P R / (R + β² P)
 * </pre>
 *
 * LCS is the longest common subsequence. P and R may come from two references, as in the scripts that captioning papers report.
 *
 * <p>Source: Lin 2004.
 */
final class RougeL {

    private static final double BETA = 1.2;

    private RougeL() {}

    static double score(List<Captioned> corpus) {
        return corpus.stream().mapToDouble(RougeL::score).average().orElse(0);
    }

    static double score(Captioned captioned) {
        double precision = 0, recall = 0;
        for (List<String> reference : captioned.references()) {
            double common = longestCommonSubsequence(captioned.candidate(), reference);
            if (common > 0) {
                precision = Math.max(precision, common / captioned.candidate().size());
                recall = Math.max(recall, common / reference.size());
            }
        }
        return precision == 0 ? 0 : (1 + BETA * BETA) * precision * recall / (recall + BETA * BETA * precision);
    }

    private static int longestCommonSubsequence(List<String> a, List<String> b) {
        int[] row = new int[b.size() + 1]; // row[j]: of a's words so far and b's first j
        for (String word : a) {
            int diagonal = 0;
            for (int j = 1; j < row.length; j++) {
                int above = row[j];
                row[j] = word.equals(b.get(j - 1)) ? diagonal + 1 : Math.max(above, row[j - 1]);
                diagonal = above;
            }
        }
        return row[b.size()];
    }
}
