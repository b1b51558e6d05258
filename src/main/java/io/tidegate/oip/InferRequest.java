package io.tidegate.oip;

import io.tidegate.sequences.SequenceControl;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for, whatever brought it.
 *
 * @param id given back as it came
 * @param inputs by name; each is one that the model knows
 * @param outputs what is wanted, in the order in which to give it; empty for the model's own
 * @param priority 1 is the highest, 0 the model's default
 * @param timeoutMicros most time in a queue, in microseconds; 0 for no limit
 * @param sequence null for a request of whole sequences
 */
public record InferRequest(
        @Nullable String id,
        Map<String, InputTensor> inputs,
        List<RequestedOutput> outputs,
        int priority,
        long timeoutMicros,
        @Nullable SequenceControl sequence) {

    /** @param classification so many of the likeliest classes as texts, in place of the numbers; 0 for the numbers */
    public record RequestedOutput(String name, int classification) {
        public RequestedOutput(String name) {
            this(name, 0);
        }
    }
}
