package io.tidegate.engine.fused;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Gradients;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.testkit.RandomNetworks;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;

/** A program: prints how wide its vectors are, and a digest of what the engine computes, forward and back. */
final class FusedBits {

    private FusedBits() {}

    public static void main(String[] arguments) throws Exception {
        System.out.println("lanes " + Lanes.FLOATS.length());
        System.out.println("bits " + digest());
        System.exit(0);
    }

    static String digest() throws Exception {
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        FusedEngine engine = FusedEngine.forServing(1);
        RandomNetworks random = new RandomNetworks(85);
        for (CellType cell : CellType.values()) {
            NetworkConfig config = new NetworkConfig(
                    new InputConfig.Features(5),
                    List.of(new LayerConfig(cell, 37, true), new LayerConfig(cell, 130, false)),
                    21);
            Batch batch = random.batch(config, 11, 30);
            var objective = random.objective(config, batch, EnumSet.allOf(Output.class));
            try (LoadedNetwork network = engine.load(config, random.weights(config))) {
                Outputs outputs = network.run(batch, network.zeroStates(11), EnumSet.allOf(Output.class));
                add(sha, outputs.logits());
                add(sha, outputs.stepLogits());
                add(sha, outputs.hidden());
                Gradients gradients =
                        network.backpropagate(batch, network.zeroStates(11), objective, new Dropout(0.2, 3));
                add(sha, gradients.input());
                for (double g : gradients.weights()) {
                    sha.update(ByteBuffer.allocate(Double.BYTES).putDouble(g).array());
                }
            }
        }
        return HexFormat.of().formatHex(sha.digest());
    }

    private static void add(MessageDigest sha, float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length);
        bytes.asFloatBuffer().put(values);
        sha.update(bytes.array());
    }
}
