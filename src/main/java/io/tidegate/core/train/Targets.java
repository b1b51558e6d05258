package io.tidegate.core.train;

import io.tidegate.core.engine.Output;

/** What a batch's outputs should have been, and with that the loss: cross-entropy for labels, squared error for values. */
public sealed interface Targets {

    /** The output that is compared. */
    Output output();

    /** @param labels one for each sequence, [sequences] */
    record Labels(int[] labels) implements Targets {
        @Override
        public Output output() {
            return Output.LOGITS;
        }
    }

    /** @param labels one for each step, [total steps] */
    record StepLabels(int[] labels) implements Targets {
        @Override
        public Output output() {
            return Output.STEP_LOGITS;
        }
    }

    /** @param values [sequences, K] */
    record Values(float[] values) implements Targets {
        @Override
        public Output output() {
            return Output.LOGITS;
        }
    }

    /** @param values [total steps, K] */
    record StepValues(float[] values) implements Targets {
        @Override
        public Output output() {
            return Output.STEP_LOGITS;
        }
    }
}
