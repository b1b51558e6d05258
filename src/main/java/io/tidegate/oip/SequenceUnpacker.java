package io.tidegate.oip;

import io.tidegate.inference.InvalidInputException;
import io.tidegate.inference.RequestInput;
import io.tidegate.platform.TidegateProperties.Limits;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Turns a request's tensors into sequences without padding.
 *
 * @param vocabulary number of the model's tokens; 0 for one that reads features
 */
record SequenceUnpacker(Signature signature, int vocabulary, Limits limits) {

    /**
     * @param source name of the tensor they came in
     * @param steps that each had with its padding; 0 where there was none
     */
    record Unpacked(RequestInput input, String source, int steps) {}

    Unpacked unpack(Map<String, InputTensor> tensors) {
        tensors.forEach(
                (name, tensor) -> tensor.requireFits(signature.input(name).orElseThrow(), signature.model()));
        String source = source(tensors);
        InputTensor tensor = Objects.requireNonNull(tensors.get(source));
        requireLimit(tensor, 0, limits.maxBatch(), "sequences (tidegate.limits.max-batch)");
        @Nullable InputTensor lengths = tensors.get(Signature.LENGTHS);
        if (tensor.data() instanceof TensorData.Texts(List<String> texts, long _, List<Long> _)) {
            if (lengths != null) {
                throw new InvalidInputException(
                        "", "input 'lengths' goes with padded sequences; each element of 'text' has its own length");
            }
            return new Unpacked(new RequestInput.Texts(texts), source, 0);
        }
        boolean vectors = source.equals(Signature.INPUT) && tensor.shape().size() == 2; // one an image, no steps
        if (!vectors) {
            requireLimit(tensor, 1, limits.maxSteps(), "steps (tidegate.limits.max-steps)");
        }
        int steps = vectors ? 1 : tensor.shape().get(1).intValue();
        int[] offsets = offsets(tensor, steps, lengths);
        RequestInput input =
                source.equals(Signature.TOKENS) ? tokens(tensor, steps, offsets) : features(tensor, steps, offsets);
        return new Unpacked(input, source, steps);
    }

    /** The name of the tensor that holds the sequences: the model's main input, or {@code tokens} for {@code text}. */
    private String source(Map<String, InputTensor> tensors) {
        String main = signature.inputs().getFirst().name();
        boolean asTokens = tensors.containsKey(Signature.TOKENS);
        if (asTokens && tensors.containsKey(main)) {
            throw new InvalidInputException(
                    "", "expected input '" + main + "' or 'tokens' for model '" + signature.model() + "', got both");
        }
        if (!asTokens && !tensors.containsKey(main)) {
            throw new InvalidInputException(
                    "",
                    "expected 1 inputs but got " + tensors.size() + " inputs for model '" + signature.model()
                            + "'. Got input(s) " + tensors.keySet() + ", but missing required input(s) [" + main
                            + "]. Please provide all required input(s).");
        }
        return asTokens ? Signature.TOKENS : main;
    }

    private static void requireLimit(InputTensor tensor, int axis, int most, String what) {
        if (tensor.shape().get(axis) > most) {
            throw new InvalidInputException(
                    "",
                    "input '" + tensor.name() + "': expected at most " + most + " " + what + ", got shape "
                            + tensor.shape());
        }
    }

    /** Where each sequence begins once its padding is gone, and their total length, [sequences + 1]. */
    private static int[] offsets(InputTensor tensor, int steps, @Nullable InputTensor lengths) {
        int batch = (int) tensor.batch();
        if (lengths != null && lengths.batch() != batch) {
            throw new InvalidInputException(
                    "",
                    "unexpected shape for input 'lengths': expected one length for each of the " + batch
                            + " sequences of '" + tensor.name() + "', got shape " + lengths.shape());
        }
        int[] offsets = new int[batch + 1];
        for (int b = 0; b < batch; b++) {
            offsets[b + 1] = offsets[b] + (lengths == null ? steps : lengths.integer(b, 1, steps));
        }
        return offsets;
    }

    private RequestInput tokens(InputTensor tensor, int steps, int[] offsets) {
        int[] ids = new int[offsets[offsets.length - 1]];
        for (int b = 0; b + 1 < offsets.length; b++) {
            int padded = b * steps - offsets[b];
            for (int k = offsets[b]; k < offsets[b + 1]; k++) {
                ids[k] = tensor.integer(padded + k, 0, vocabulary - 1);
            }
        }
        return new RequestInput.Tokens(ids, offsets);
    }

    /** Without padding, what was sent is used as it is; padding may be anything. */
    private static RequestInput features(InputTensor tensor, int steps, int[] offsets) {
        int size = tensor.shape().getLast().intValue();
        int total = offsets[offsets.length - 1];
        float[] sent = tensor.fractions();
        if (total == (offsets.length - 1) * steps && sent.length == total * size) {
            tensor.requireFinite(sent, 0, sent.length);
            return new RequestInput.Features(sent, size, offsets);
        }
        float[] values = new float[total * size];
        for (int b = 0; b + 1 < offsets.length; b++) {
            int from = b * steps * size, length = (offsets[b + 1] - offsets[b]) * size;
            tensor.requireFinite(sent, from, from + length);
            System.arraycopy(sent, from, values, offsets[b] * size, length);
        }
        return new RequestInput.Features(values, size, offsets);
    }
}
