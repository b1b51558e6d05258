package io.tidegate.engine.fused;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.States;
import java.util.Arrays;
import java.util.Set;

/** A batch's sequences, dealt to shards by their steps. No bit depends on how, since no sequence's result depends on its batch. */
final class DealtBatch {

    private final Batch batch;
    private final Shards shards;
    private final int[] borders; // sequences of shard n: borders[n] … borders[n + 1] − 1

    DealtBatch(Batch batch, Shards shards) {
        this.batch = batch;
        this.shards = shards;
        this.borders = new int[shards.count() + 1];
        int b = 0;
        for (int n = 1; n < shards.count(); n++) {
            long wanted = (long) n * batch.totalSteps() / shards.count();
            while (batch.offsets()[b] < wanted) {
                b++;
            }
            borders[n] = b;
        }
        borders[shards.count()] = batch.sequences();
    }

    Outputs run(FusedNetwork network, States states, Set<Output> wanted) {
        int K = network.config().outputs(),
                top = network.config().topLayer().outputSize(),
                sequences = batch.sequences(),
                steps = batch.totalSteps();
        Outputs whole = new Outputs(
                new float[wanted.contains(Output.LOGITS) ? sequences * K : 0],
                new float[wanted.contains(Output.STEP_LOGITS) ? Math.multiplyExact(steps, K) : 0],
                new float[wanted.contains(Output.HIDDEN) ? Math.multiplyExact(steps, top) : 0]);
        shards.each(shard -> {
            int from = borders[shard], to = borders[shard + 1];
            if (from == to) {
                return;
            }
            States own = network.zeroStates(to - from);
            for (int b = from; b < to; b++) {
                states.copyRow(b, own, b - from);
            }
            Outputs part = network.run(part(from, to), own, wanted, 1);
            for (int b = from; b < to; b++) {
                own.copyRow(b - from, states, b);
            }
            int first = batch.offsets()[from];
            put(part.logits(), whole.logits(), from * K);
            put(part.stepLogits(), whole.stepLogits(), first * K);
            put(part.hidden(), whole.hidden(), first * top);
        });
        return whole;
    }

    private Batch part(int from, int to) {
        int first = batch.offsets()[from], last = batch.offsets()[to];
        Batch.Input input = switch (batch.input()) {
            case Batch.Input.Features(float[] values, int size) ->
                new Batch.Input.Features(Arrays.copyOfRange(values, first * size, last * size), size);
            case Batch.Input.Tokens(int[] ids) -> new Batch.Input.Tokens(Arrays.copyOfRange(ids, first, last));
        };
        int[] offsets = Arrays.copyOfRange(batch.offsets(), from, to + 1);
        for (int b = 0; b < offsets.length; b++) {
            offsets[b] -= first;
        }
        return new Batch(input, offsets);
    }

    private static void put(float[] part, float[] whole, int at) {
        if (part.length > 0) {
            System.arraycopy(part, 0, whole, at, part.length);
        }
    }
}
