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
import java.util.SortedMap;
import java.util.TreeMap;

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

    /**
     * How long and how fast it learns.
     *
     * @param rate the highest learning rate; it falls along half a cosine over all epochs
     * @param warmUp updates in which it rises first
     */
    record Schedule(int epochs, double rate, int warmUp) {}

    Schedule schedule();

    /** The recipe's parameters that say how large things are, by name. */
    Map<String, Integer> sizes();

    default LearningRate learningRate() {
        long updates = (long) schedule().epochs() * training().perEpoch();
        return new LearningRate.WarmUp(
                schedule().warmUp(), new LearningRate.Cosine(schedule().rate(), 1e-5, updates));
    }

    default Trainer.Settings settings() {
        return new Trainer.Settings(schedule().epochs(), 1, 0);
    }

    /** What the model card gives as the recipe's parameters. */
    default SortedMap<String, Object> parameters() {
        SortedMap<String, Object> parameters = new TreeMap<>(sizes());
        parameters.put("epochs", schedule().epochs());
        parameters.put("learningRate", schedule().rate());
        parameters.put("clipNorm", settings().clipNorm());
        return parameters;
    }

    /** Scores on data that neither training nor validation saw, by name. */
    Map<String, Double> test(LoadedNetwork network);
}
