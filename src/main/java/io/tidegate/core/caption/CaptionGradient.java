package io.tidegate.core.caption;

import io.tidegate.core.train.Score;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * The mean loss per token of a batch of captions, and its gradient.
 *
 * @param weights in the captioner's layout
 */
public record CaptionGradient(Score loss, double[] weights) {

    /** Fixed, and not the number of threads: the sum over a batch has the same order, and so the same bits, on any machine. */
    private static final int SHARDS = 8;

    /** @param executor where the batch's shards run */
    public static CaptionGradient of(Captioner captioner, List<CaptionExample> batch, Executor executor) {
        double tokens = batch.stream().mapToInt(CaptionExample::tokens).sum();
        List<CompletableFuture<CaptionGradient>> shards = new ArrayList<>();
        for (int shard = 0; shard < SHARDS; shard++) {
            List<CaptionExample> part =
                    batch.subList(shard * batch.size() / SHARDS, (shard + 1) * batch.size() / SHARDS);
            if (!part.isEmpty()) {
                shards.add(CompletableFuture.supplyAsync(() -> shard(captioner, part, 1 / tokens), executor));
            }
        }
        return shards.stream()
                .map(CompletableFuture::join)
                .reduce(CaptionGradient::plus)
                .orElseThrow(() -> new IllegalArgumentException("captions: expected at least one, got none"));
    }

    private static CaptionGradient shard(Captioner captioner, List<CaptionExample> part, double scale) {
        double[] gradient = new double[captioner.weights().values().length];
        Score loss = Score.NONE;
        for (CaptionExample example : part) {
            loss = loss.plus(captioner.backpropagate(example.regions(), example.words(), scale, gradient));
        }
        return new CaptionGradient(loss, gradient);
    }

    private CaptionGradient plus(CaptionGradient next) {
        for (int k = 0; k < weights.length; k++) {
            weights[k] += next.weights[k];
        }
        return new CaptionGradient(loss.plus(next.loss), weights);
    }
}
