package io.tidegate.checkpoint;

import static io.tidegate.checkpoint.Problems.quoted;

import io.tidegate.core.network.ParameterLayout;
import io.tidegate.core.network.TensorSpec;
import java.util.List;
import java.util.Map;

/** A captioner's tensors have the names of docs/captioning.md, and no others. */
final class CaptionMapping {

    private CaptionMapping() {}

    /**
     * @param shapes of the file's tensors, by name
     * @throws CheckpointException for tensors that are missing, left over or misshaped
     */
    static void check(ModelDescriptor model, ParameterLayout layout, Map<String, List<Integer>> shapes) {
        Problems problems = new Problems();
        WeightsFile file = model.weights();
        if (file != null && (file.recurrentPrefix() != null || file.headPrefix() != null)) {
            problems.add(
                    Safetensors.POINTER,
                    "expected no prefixes for a captioning model, whose tensors have fixed names, got some");
        }
        for (TensorSpec spec : layout.tensors()) {
            List<Integer> shape = shapes.get(spec.name());
            if (!spec.shape().equals(shape)) {
                problems.add(Safetensors.POINTER, TensorMapping.misshaped(spec.name(), spec.shape(), shape));
            }
        }
        shapes.forEach((name, shape) -> {
            if (!layout.has(name)) {
                problems.add(
                        Safetensors.POINTER,
                        "weights file: tensor " + quoted(name) + ": expected no such tensor in this model, got "
                                + shape);
            }
        });
        problems.throwIfAny();
    }
}
