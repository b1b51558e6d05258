package io.tidegate.core.network;

/** One sequence, as a layer reads it. */
public sealed interface SequenceInput {

    int steps();

    /** @param values [steps][features] */
    record Features(double[][] values) implements SequenceInput {
        @Override
        public int steps() {
            return values.length;
        }
    }

    /** @param ids one-hot inputs, given as the index of their one, [steps] */
    record OneHot(int[] ids) implements SequenceInput {
        @Override
        public int steps() {
            return ids.length;
        }
    }
}
