package io.tidegate.oip;

import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.oip.InferResponse.Tensor;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The protocol's classification extension: of an output's numbers, the highest few of each sequence as texts
 * {@code value:index[:label]}, in place of all of them.
 */
public final class Classification {

    private static final int DECIMALS = 6; // as C's %f, which is what clients of this extension have always been sent

    private Classification() {}

    /** An answer with those outputs as texts that the request wants so. */
    static InferResponse in(InferResponse answer, InferRequest request, ModelDescriptor descriptor) {
        List<Tensor> outputs = null;
        for (InferRequest.RequestedOutput wanted : request.outputs()) {
            if (wanted.classification() > 0) {
                outputs = outputs == null ? new ArrayList<>(answer.outputs()) : outputs;
                outputs.replaceAll(tensor ->
                        tensor.name().equals(wanted.name()) ? of(tensor, wanted.classification(), descriptor) : tensor);
            }
        }
        return outputs == null
                ? answer
                : new InferResponse(answer.modelName(), answer.modelVersion(), answer.id(), outputs);
    }

    /**
     * @param values FP32, [batch, …]
     * @param count at least 1; no more are given than there are
     * @param descriptor of the model that gave them, for the labels' sake
     * @return BYTES [batch, count], highest first; of equal ones the first first
     */
    public static Tensor of(Tensor values, int count, ModelDescriptor descriptor) {
        if (!(values.data() instanceof float[] numbers)) {
            throw new InvalidInputException(
                    "",
                    "classification isn't possible for output '" + values.name()
                            + "': expected an output of datatype FP32, got " + values.datatype()
                            + "; leave the parameter out");
        }
        List<String> labels = labels(values.name(), descriptor);
        int batch = values.shape().getFirst();
        int classes = numbers.length / batch;
        int most = Math.min(count, classes);
        String[] texts = new String[batch * most];
        for (int b = 0; b < batch; b++) {
            int row = b * classes;
            List<Integer> highest = IntStream.range(0, classes)
                    .boxed()
                    .sorted(Comparator.comparing((Integer k) -> numbers[row + k], Comparator.reverseOrder()))
                    .limit(most)
                    .toList();
            for (int place = 0; place < most; place++) {
                int k = highest.get(place);
                String label = k < labels.size() ? ":" + labels.get(k) : "";
                texts[b * most + place] = written(numbers[row + k]) + ":" + k + label;
            }
        }
        return new Tensor(values.name(), Datatype.BYTES, List.of(batch, most), texts);
    }

    /** What an output's columns stand for; empty where they have no names. */
    private static List<String> labels(String output, ModelDescriptor descriptor) {
        if (output.equals(Signature.PROBABILITIES)
                && descriptor.output() instanceof ModelOutput.Labels(List<String> known)) {
            return known;
        }
        if (output.equals(Signature.NEXT_PROBABILITIES)
                && descriptor.input() instanceof ModelInput.Characters characters) {
            return characters
                    .vocabulary()
                    .codePoints()
                    .mapToObj(Character::toString)
                    .toList();
        }
        return List.of();
    }

    private static String written(float value) {
        return Float.isFinite(value)
                ? new BigDecimal(value)
                        .setScale(DECIMALS, RoundingMode.HALF_EVEN)
                        .toPlainString()
                : Float.toString(value);
    }
}
