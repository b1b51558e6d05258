package io.tidegate.training;

import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.optim.LearningRate;
import io.tidegate.core.train.Batches;
import io.tidegate.core.train.Trainer;
import java.util.Map;

/** How one pair of demo models comes about: the same data and settings for the vanilla and the WM cell. */
interface Demo {

    /** The first half of the models' names. */
    String name();

    /** The recipe whose task it is. */
    String recipe();

    /** Digest of the data it learns from, {@code sha256:…}. */
    String data();

    ModelInput input();

    ModelOutput output();

    NetworkConfig network(CellType cell);

    Batches training();

    /** Held out of training, and what the best weights are chosen by. */
    Batches validation();

    LearningRate learningRate();

    Trainer.Settings settings();

    /** What the model card gives as the recipe's parameters. */
    Map<String, Object> parameters();

    /** Scores on data that neither training nor validation saw, by name. */
    Map<String, Double> test(LoadedNetwork network);
}
