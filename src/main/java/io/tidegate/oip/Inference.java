package io.tidegate.oip;

import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.Task;
import io.tidegate.core.engine.Batch;
import io.tidegate.inference.Caller;
import io.tidegate.inference.Captioner;
import io.tidegate.inference.Encoder;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.inference.Prediction;
import io.tidegate.inference.RequestInput;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.platform.TidegateProperties.Limits;
import io.tidegate.registry.Lease;
import io.tidegate.registry.ModelRef;
import io.tidegate.registry.ModelVersion;
import io.tidegate.sequences.SequenceControl;
import io.tidegate.sequences.Sequences;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/** Answers an infer request, whatever brought it. */
@Component
public final class Inference {

    private final Encoder encoder;
    private final OutputTensors outputs;
    private final Captioner captioner;
    private final Sequences sequences;
    private final Limits limits;

    Inference(
            Encoder encoder,
            OutputTensors outputs,
            Captioner captioner,
            Sequences sequences,
            TidegateProperties properties) {
        this.encoder = encoder;
        this.outputs = outputs;
        this.captioner = captioner;
        this.sequences = sequences;
        this.limits = properties.limits();
    }

    /**
     * @param asked how the caller names the version
     * @param version what that means; the request's tensors are named after its signature
     */
    public InferResponse infer(ModelRef asked, ModelVersion version, InferRequest request, Caller caller) {
        Caller queued = new Caller(
                request.priority(),
                request.timeoutMicros() == 0 ? Long.MAX_VALUE : TimeUnit.MICROSECONDS.toNanos(request.timeoutMicros()),
                caller.deadline(),
                caller.gone());
        SequenceControl control = request.sequence();
        InferResponse answer =
                control == null ? whole(version, request, queued) : step(asked, version, request, control, queued);
        return Classification.in(answer, request, version.card().descriptor());
    }

    /** The next steps of a live sequence; its version may be another than the one that was asked for. */
    private InferResponse step(
            ModelRef asked, ModelVersion version, InferRequest request, SequenceControl control, Caller caller) {
        boolean hidden =
                request.outputs().stream().anyMatch(output -> output.name().equals(Signature.HIDDEN));
        String id = request.id();
        Sequences.Answer answer = sequences.step(new Sequences.Step(
                version,
                asked.byNumber(),
                control,
                id == null || id.isEmpty() ? null : id,
                () -> InputDigest.of(control, request.inputs()),
                pinned -> batch(pinned, request),
                hidden,
                caller));
        ModelVersion pinned = answer.version();
        return new InferResponse(
                pinned.name(),
                Integer.toString(pinned.number()),
                id,
                outputs.of(answer, wanted(Signature.of(pinned), request)));
    }

    private Batch batch(ModelVersion pinned, InferRequest request) {
        Signature signature = Signature.of(pinned);
        Batch batch =
                encode(pinned, new SequenceUnpacker(signature, vocabulary(pinned), limits).unpack(request.inputs()));
        outputs.requireRoom(signature, batch, batch.totalSteps(), wanted(signature, request));
        return batch;
    }

    private static List<String> wanted(Signature signature, InferRequest request) {
        if (request.outputs().isEmpty()) {
            return Signature.names(signature.outputs());
        }
        return request.outputs().stream()
                .map(InferRequest.RequestedOutput::name)
                .distinct()
                .toList();
    }

    private InferResponse whole(ModelVersion version, InferRequest request, Caller caller) {
        Signature signature = Signature.of(version);
        List<String> wanted = wanted(signature, request);
        SequenceUnpacker.Unpacked sequences =
                new SequenceUnpacker(signature, vocabulary(version), limits).unpack(request.inputs());
        if (version.card().descriptor().task() == Task.CAPTIONING) {
            return captions(version, sequences, request, wanted, caller);
        }
        Batch batch = encode(version, sequences);
        try (Lease lease = version.lease()) {
            List<InferResponse.Tensor> tensors = outputs.run(lease, batch, sequences.steps(), wanted, caller);
            return new InferResponse(version.name(), Integer.toString(version.number()), request.id(), tensors);
        }
    }

    private InferResponse captions(
            ModelVersion version,
            SequenceUnpacker.Unpacked images,
            InferRequest request,
            List<String> wanted,
            Caller caller) {
        try (Lease lease = version.lease()) {
            List<Prediction.Caption> captions = captioner.caption(
                    lease, (RequestInput.Features) images.input(), Captioner.Options.STANDARD, caller);
            List<InferResponse.Tensor> tensors =
                    wanted.stream().map(name -> captionTensor(name, captions)).toList();
            return new InferResponse(version.name(), Integer.toString(version.number()), request.id(), tensors);
        }
    }

    private static InferResponse.Tensor captionTensor(String name, List<Prediction.Caption> captions) {
        if (name.equals(Signature.CAPTION)) {
            String[] texts = captions.stream().map(Prediction.Caption::caption).toArray(String[]::new);
            return new InferResponse.Tensor(name, Datatype.BYTES, List.of(texts.length), texts);
        }
        float[] logProbabilities = new float[captions.size()];
        for (int b = 0; b < logProbabilities.length; b++) {
            logProbabilities[b] = (float) captions.get(b).logProbability();
        }
        return new InferResponse.Tensor(name, logProbabilities, logProbabilities.length);
    }

    private static int vocabulary(ModelVersion version) {
        return version.card().descriptor().input() instanceof ModelInput.Characters characters ? characters.size() : 0;
    }

    /** The encoder speaks of sequences; here they came in a tensor. */
    private Batch encode(ModelVersion version, SequenceUnpacker.Unpacked sequences) {
        try {
            return encoder.encode(version, sequences.input());
        } catch (InvalidInputException e) {
            int element = e.pointer().lastIndexOf('/');
            String at = element > 0 ? " element " + e.pointer().substring(element + 1) : "";
            throw new InvalidInputException("", "input '" + sequences.source() + "'" + at + ": " + e.getMessage());
        }
    }
}
