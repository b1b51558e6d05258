package io.tidegate.engine.nd4j;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.api.ops.impl.transforms.any.Assign;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A list of operations over fixed arrays, made once and run as often as wanted. All of them write into an array that is given.
 *
 * <p>Most of what a small ND4J operation costs is its preparation, and most of that is the making of its context; so contexts
 * are kept. They hold the arrays' addresses and don't notice when these are closed: whoever runs a list must know that its
 * arrays are still there.
 */
final class Calls {

    private final OpExecutioner executioner = Nd4j.getExecutioner();
    private final List<Runnable> calls = new ArrayList<>();

    void run() {
        for (Runnable call : calls) {
            call.run();
        }
    }

    /**
     * into ← a b + beta · into. Each may be a transpose or have gaps between its rows.
     *
     * @param a [rows, inner]
     * @param b [inner, columns]
     * @param into [rows, columns]
     */
    Calls product(INDArray a, INDArray b, INDArray into, double beta) {
        // For a single row ND4J's product of matrices is many times slower than its matrix-vector product.
        OpContext context =
                a.size(0) == 1 ? add("matmul", vector(into), b.transpose(), vector(a)) : add("matmul", into, a, b);
        context.setTArguments(1, beta);
        return this;
    }

    /** A view of a matrix of one row as a vector. */
    private static INDArray vector(INDArray row) {
        return row.reshape('c', true, row.length());
    }

    Calls sigmoid(INDArray x, INDArray into) {
        add("sigmoid", into, x);
        return this;
    }

    Calls tanh(INDArray x, INDArray into) {
        add("tanh", into, x);
        return this;
    }

    /** into ← a ⊙ b, where a dimension of size 1 is repeated. */
    Calls multiply(INDArray a, INDArray b, INDArray into) {
        add("multiply", into, a, b);
        return this;
    }

    /** into ← into + a. */
    Calls add(INDArray a, INDArray into) {
        add("add", into, into, a);
        return this;
    }

    /** into ← a + b. */
    Calls sum(INDArray a, INDArray b, INDArray into) {
        add("add", into, a, b);
        return this;
    }

    Calls copy(INDArray from, INDArray into) {
        Assign assign = new Assign(from, into);
        calls.add(() -> executioner.exec(assign));
        return this;
    }

    /**
     * The rows of a table that are named by their indices.
     *
     * @param table [entries, columns]
     * @param indices [rows]
     * @param into [rows, columns]
     */
    Calls gather(INDArray table, INDArray indices, INDArray into) {
        add("gather", into, table, indices).setIArguments(0);
        return this;
    }

    /** Adds each row to that row of a table which its index names; the way back from {@link #gather}. */
    Calls scatterAdd(INDArray rows, INDArray indices, INDArray table) {
        // The first flag keeps threads from adding to one row of the table at the same time.
        add("scatter_add", table, table, indices, rows).setBArguments(true, true);
        return this;
    }

    private OpContext add(String name, INDArray into, INDArray... inputs) {
        DynamicCustomOp op =
                DynamicCustomOp.builder(name).addInputs(inputs).addOutputs(into).build();
        OpContext context = executioner.buildContext();
        context.setInputArrays(inputs);
        context.setOutputArrays(into);
        calls.add(() -> executioner.exec(op, context));
        return context;
    }
}
