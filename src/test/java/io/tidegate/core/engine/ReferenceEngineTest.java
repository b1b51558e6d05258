package io.tidegate.core.engine;

import io.tidegate.testkit.EngineContract;

class ReferenceEngineTest extends EngineContract {

    @Override
    protected Engine engine() {
        return new ReferenceEngine();
    }

    @Override
    protected double batchTolerance() {
        return 0;
    }
}
