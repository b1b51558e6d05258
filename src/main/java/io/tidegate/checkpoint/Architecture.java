package io.tidegate.checkpoint;

import io.tidegate.core.caption.CaptionConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.ParameterLayout;

/** What a checkpoint's weights are the weights of. */
public sealed interface Architecture {

    /** The tensors it has. */
    ParameterLayout layout();

    /** A stacked network, which every engine runs. */
    record OfNetwork(NetworkConfig config) implements Architecture {
        @Override
        public ParameterLayout layout() {
            return new ParameterLayout(config);
        }
    }

    /** A captioner, which runs by itself. */
    record OfCaptioner(CaptionConfig config) implements Architecture {
        @Override
        public ParameterLayout layout() {
            return config.layout();
        }
    }

    /** The network, for a caller that knows that it is one. */
    default NetworkConfig network() {
        if (this instanceof OfNetwork(NetworkConfig config)) {
            return config;
        }
        throw new IllegalStateException("expected a network, got a captioner");
    }
}
