package io.tidegate.core.engine;

import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import java.util.List;
import java.util.Set;

/** Another network, but for what a subclass does otherwise. Closes it with itself. */
public abstract class ForwardingNetwork implements LoadedNetwork {

    protected final LoadedNetwork network;

    protected ForwardingNetwork(LoadedNetwork network) {
        this.network = network;
    }

    @Override
    public NetworkConfig config() {
        return network.config();
    }

    @Override
    public States.Precision precision() {
        return network.precision();
    }

    @Override
    public long weightBytes() {
        return network.weightBytes();
    }

    @Override
    public List<String> plan() {
        return network.plan();
    }

    @Override
    public Outputs run(Batch batch, States states, Set<Output> wanted) {
        return network.run(batch, states, wanted);
    }

    @Override
    public Gradients backpropagate(Batch batch, States states, Objective objective, Dropout dropout) {
        return network.backpropagate(batch, states, objective, dropout);
    }

    @Override
    public GradientSum gradientSum() {
        return network.gradientSum();
    }

    @Override
    public void update(Weights weights) {
        network.update(weights);
    }

    @Override
    public void close() {
        network.close();
    }
}
