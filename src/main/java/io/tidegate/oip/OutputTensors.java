package io.tidegate.oip;

import io.tidegate.checkpoint.Task;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.States;
import io.tidegate.inference.Caller;
import io.tidegate.inference.LanguageScorer;
import io.tidegate.inference.Runner;
import io.tidegate.oip.InferResponse.Tensor;
import io.tidegate.registry.Lease;
import io.tidegate.registry.ModelVersion.Card;
import io.tidegate.sequences.Sequences;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Runs a batch, and gives of its results what was asked for. */
@Component
final class OutputTensors {

    private static final int BYTES_PER_VALUE = 32; // a float, and its text while the answer is put together

    private final Runner runner;
    private final LanguageScorer scorer;

    OutputTensors(Runner runner, LanguageScorer scorer) {
        this.runner = runner;
        this.scorer = scorer;
    }

    /**
     * @param paddedTo steps of each sequence before its padding went; 0 where there was none
     * @param names of outputs that the model has
     */
    List<Tensor> run(Lease lease, Batch batch, int paddedTo, List<String> names, Caller caller) {
        int steps = Math.max(paddedTo, longest(batch));
        Signature signature = Signature.of(lease.version());
        requireRoom(signature, batch, steps, names);
        Card card = lease.version().card();
        boolean answers = !Collections.disjoint(names, Signature.names(signature.outputs()));
        boolean language = card.descriptor().task() == Task.LANGUAGE_MODEL;

        Set<Output> wanted = EnumSet.noneOf(Output.class);
        if (answers && !language) {
            wanted.add(Output.LOGITS);
        }
        if (names.contains(Signature.HIDDEN)) {
            wanted.add(Output.HIDDEN);
        }
        States states = lease.network().zeroStates(batch.sequences());
        boolean finals = names.contains(Signature.FINAL_HIDDEN) || names.contains(Signature.FINAL_CELL);
        Outputs outputs = finals || !wanted.isEmpty()
                ? runner.run(lease, batch, states, wanted, caller)
                : Outputs.ofLogits(new float[0]);
        LanguageScorer.@Nullable Scores scores = answers && language ? scorer.score(lease, batch, caller) : null;

        Results results = new Results(card, batch.offsets(), steps, outputs, states, scores);
        return names.stream().map(results::tensor).toList();
    }

    /** What a live sequence's steps gave. */
    List<Tensor> of(Sequences.Answer answer, List<String> names) {
        Card card = answer.version().card();
        LanguageScorer.@Nullable Scores scores = card.descriptor().task() == Task.LANGUAGE_MODEL
                ? new LanguageScorer.Scores(new double[] {answer.logLikelihood()}, answer.logits())
                : null;
        Outputs outputs = new Outputs(answer.logits(), new float[0], answer.hidden());
        Results results =
                new Results(card, new int[] {0, answer.steps()}, answer.steps(), outputs, answer.states(), scores);
        return names.stream().map(results::tensor).toList();
    }

    private static int longest(Batch batch) {
        int longest = 0;
        for (int b = 0; b < batch.sequences(); b++) {
            longest = Math.max(longest, batch.length(b));
        }
        return longest;
    }

    /** An answer is put together in memory: its length comes before it. */
    void requireRoom(Signature signature, Batch batch, int steps, List<String> names) {
        long values = 0;
        for (String name : names) {
            long perSequence = name.equals(Signature.HIDDEN) ? steps : 1;
            for (int size : signature.output(name).orElseThrow().shape()) {
                perSequence *= Math.max(1, size);
            }
            values += perSequence * batch.sequences();
        }
        runner.requireWorkingSet(values * BYTES_PER_VALUE);
    }
}
