package io.tidegate.engine.fused;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.States;
import java.util.Set;

/** A batch's sequences, dealt by their steps. No bit depends on how, since no sequence's result depends on its batch. */
final class DealtBatch {

    private final FusedNetwork network;
    private final Batch batch;
    private final States states;
    private final Set<Output> wanted;
    private final Outputs outputs;
    private final States[] after; // of each part
    private final int[] borders; // sequences of part n: borders[n] … borders[n + 1] − 1

    DealtBatch(FusedNetwork network, Batch batch, States states, Set<Output> wanted, int parts) {
        batch.requireFits(network.config().input());
        states.requireFits(batch, network.config());
        this.network = network;
        this.batch = batch;
        this.states = states;
        this.wanted = wanted;
        this.outputs = Outputs.zeros(network.config(), batch, wanted);
        this.after = new States[parts];
        this.borders = new int[parts + 1];
        int b = 0;
        for (int n = 1; n < parts; n++) {
            long before = (long) n * batch.totalSteps() / parts;
            while (batch.offsets()[b] < before) {
                b++;
            }
            borders[n] = b;
        }
        borders[parts] = batch.sequences();
    }

    /** Does one part; parts may be done side by side. */
    void run(int n) {
        int from = borders[n], to = borders[n + 1];
        if (from == to) {
            return;
        }
        States own = network.zeroStates(to - from);
        for (int b = from; b < to; b++) {
            states.copyRow(b, own, b - from);
        }
        Outputs part = network.run(batch.part(from, to), own, wanted, Split.WHOLE);
        after[n] = own;
        int first = batch.offsets()[from];
        put(part.logits(), outputs.logits(), from * network.config().outputs());
        put(part.stepLogits(), outputs.stepLogits(), first * network.config().outputs());
        put(part.hidden(), outputs.hidden(), first * network.config().topLayer().outputSize());
    }

    /** What came out, when all parts are done; only now are the states those after the batch. */
    Outputs outputs() {
        for (int n = 0; n < after.length; n++) {
            for (int b = borders[n]; b < borders[n + 1]; b++) {
                after[n].copyRow(b - borders[n], states, b);
            }
        }
        return outputs;
    }

    private static void put(float[] part, float[] whole, int at) {
        if (part.length > 0) {
            System.arraycopy(part, 0, whole, at, part.length);
        }
    }
}
