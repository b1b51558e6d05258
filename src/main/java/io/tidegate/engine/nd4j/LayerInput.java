package io.tidegate.engine.nd4j;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Schedule;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a layer reads in a window of steps, a row for each step of each sequence. */
sealed interface LayerInput {

    /** What the first layer reads: features, embeddings or one-hot tokens. */
    static LayerInput of(Batch batch, Schedule schedule, Schedule.Block window, NetworkWeights weights, Memory memory) {
        return switch (batch.input()) {
            case Batch.Input.Features(float[] values, int size) ->
                new Dense(memory.copyOf(
                        schedule.augmentedRows(window, values, size, 1), schedule.rows(window), size + 1L));
            case Batch.Input.Tokens(int[] ids) -> {
                INDArray rows = memory.copyOf(schedule.rows(window, ids));
                if (!weights.hasEmbedding()) {
                    yield new OneHot(rows);
                }
                INDArray table = weights.embedding(), embedded = memory.floats(rows.length(), table.size(1));
                new Calls().gather(table, rows, embedded).run();
                yield new Dense(embedded);
            }
        };
    }

    /** What the input adds to the gates, W_x x + b, for some rows at once: into [count, 4H]. */
    void project(DirectionWeights weights, int row, int count, INDArray into);

    /** Adds the input weights' part, for some rows at once: dGates [count, 4H]. */
    void addGradient(INDArray dGates, int row, int count, DirectionWeights gradient);

    /** @param rows [rows, D + 1], a 1 behind each */
    record Dense(INDArray rows) implements LayerInput {

        @Override
        public void project(DirectionWeights weights, int row, int count, INDArray into) {
            new Calls()
                    .product(x(row, count), weights.input().transpose(), into, 0)
                    .run();
        }

        @Override
        public void addGradient(INDArray dGates, int row, int count, DirectionWeights gradient) {
            new Calls()
                    .product(dGates.transpose(), x(row, count), gradient.input(), 1)
                    .run();
        }

        private INDArray x(int row, int count) {
            return Memory.rows(rows, row, count);
        }
    }

    /** @param ids [rows] */
    record OneHot(INDArray ids) implements LayerInput {

        @Override
        public void project(DirectionWeights weights, int row, int count, INDArray into) {
            new Calls().gather(weights.input(), ids(row, count), into).run();
        }

        @Override
        public void addGradient(INDArray dGates, int row, int count, DirectionWeights gradient) {
            new Calls().scatterAdd(dGates, ids(row, count), gradient.input()).run();
        }

        private INDArray ids(int row, int count) {
            return Memory.part(ids, row, count);
        }
    }
}
