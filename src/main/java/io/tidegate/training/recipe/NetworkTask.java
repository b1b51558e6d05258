package io.tidegate.training.recipe;

import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.train.Batches;
import java.util.Map;

/**
 * The data of a task for a network, and what it is judged by.
 *
 * @param reads what the network sees at each step
 * @param outputs K, size of the head's output
 * @param data digest, {@code sha256:…}, or how the data are made up
 * @param facts what else a user of the model must know, for its card
 * @param close lets the data go
 */
public record NetworkTask(
        ModelInput input,
        ModelOutput output,
        InputConfig reads,
        int outputs,
        Batches training,
        Batches validation,
        Batches test,
        TaskMetric metric,
        String data,
        Map<String, Object> facts,
        Runnable close) {}
