package io.tidegate.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import io.tidegate.testkit.EngineContract;
import io.tidegate.testkit.RandomNetworks;
import java.util.EnumSet;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReferenceEngineTest extends EngineContract {

    @Override
    protected Engine engine() {
        return new ReferenceEngine();
    }

    @Override
    protected double batchTolerance() {
        return 0;
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void aGradientDoesNotDependOnTheNumberOfThreads(NetworkConfig config) {
        RandomNetworks random = new RandomNetworks(61);
        Weights weights = random.weights(config);
        Batch batch = random.batch(config, 17, 12);
        Objective objective = random.objective(config, batch, EnumSet.allOf(Output.class));
        double[] alone = gradient(Runnable::run, config, weights, batch, objective);
        for (int threads : new int[] {2, 5}) {
            try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
                assertThat(gradient(pool, config, weights, batch, objective)).isEqualTo(alone);
            }
        }
    }

    private static double[] gradient(
            Executor executor, NetworkConfig config, Weights weights, Batch batch, Objective objective) {
        try (LoadedNetwork network = new ReferenceEngine(executor).load(config, weights)) {
            return network.backpropagate(batch, network.zeroStates(17), objective, new Dropout(0.4, 62))
                    .weights();
        }
    }
}
