package io.tidegate.training.recipe;

import static io.tidegate.training.recipe.Parameter.choice;
import static io.tidegate.training.recipe.Parameter.flag;
import static io.tidegate.training.recipe.Parameter.positive;
import static io.tidegate.training.recipe.Parameter.real;
import static io.tidegate.training.recipe.Parameter.whole;

import io.tidegate.core.network.Initialization;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.optim.Adam;
import io.tidegate.core.optim.AdamW;
import io.tidegate.core.optim.LearningRate;
import io.tidegate.core.optim.Optimizer;
import io.tidegate.core.optim.RmsProp;
import io.tidegate.core.optim.Sgd;
import io.tidegate.core.train.Trainer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** The parameters that every recipe has: the network's size, and how it learns. */
final class NetworkSettings {

    private static final List<Parameter> COMMON = List.of(
            whole("hiddenSize", 128, 1, 4096, "H, units of each layer"),
            whole("layers", 1, 1, 8, "recurrent layers, one above the other"),
            real("dropout", 0, 0, 0.95, "share of each layer's outputs that is dropped in training"),
            whole("epochs", 10, 1, 100_000, "epochs, each followed by a validation"),
            whole("batchSize", 128, 1, 65_536, "sequences in an update"),
            choice("optimizer", List.of("adam", "adamw", "rmsprop", "sgd"), "how gradients change the weights"),
            positive("learningRate", 0.001, 10, "the highest learning rate"),
            choice("schedule", List.of("constant", "cosine"), "constant, or down half a cosine to a hundredth"),
            whole("warmUp", 0, 0, 1_000_000, "updates in which the learning rate rises first"),
            real("decay", 0.9, 0, 1, "rmsprop: decay of the squared gradients' average (PyTorch's alpha)"),
            real("momentum", 0, 0, 1, "sgd: momentum"),
            real("weightDecay", 0.01, 0, 1, "adamw: decoupled weight decay"),
            real("clipNorm", 1, 0, 1e9, "largest global gradient norm; 0 for no clipping"),
            real("forgetBias", 1, -100, 100, "initial bias of the forget gates"),
            whole(
                    "chronoSteps",
                    0,
                    0,
                    10_000_000,
                    "T_max of chrono initialisation (Tallec, Ollivier 2018); 0 for none"),
            whole("patience", 0, 0, 100_000, "epochs without a better validation loss before stopping; 0 for never"),
            flag(
                    "activationCheckpointing",
                    false,
                    "keep what steps compute for windows of 2√T steps only, and compute it again on the way back: less memory,"
                            + " about 1.3 times the time; without dropout and two-way layers"));

    private NetworkSettings() {}

    /**
     * The common parameters, some with another standard, after a recipe's own.
     *
     * @param standards by name
     */
    static List<Parameter> with(List<Parameter> own, Map<String, Object> standards) {
        List<Parameter> all = new ArrayList<>(own);
        for (Parameter parameter : COMMON) {
            Object standard = standards.get(parameter.name());
            all.add(standard == null ? parameter : parameter.withStandard(standard));
        }
        return all;
    }

    static boolean activationCheckpointing(Parameters p) {
        return p.flag("activationCheckpointing");
    }

    static List<LayerConfig> layers(Assignment assignment) {
        Parameters p = assignment.parameters();
        boolean bidirectional = p.values().containsKey("bidirectional") && p.flag("bidirectional");
        if (activationCheckpointing(p) && (bidirectional || p.real("dropout") > 0)) {
            throw new InvalidParametersException(
                    "/parameters/activationCheckpointing",
                    "expected false with " + (bidirectional ? "bidirectional layers" : "dropout") + ", got true");
        }
        return Collections.nCopies(
                p.whole("layers"), new LayerConfig(assignment.cell(), p.whole("hiddenSize"), bidirectional));
    }

    static Initialization initialization(Parameters p) {
        return new Initialization(p.real("forgetBias"), p.whole("chronoSteps"));
    }

    static Optimizer optimizer(Parameters p) {
        return switch (p.text("optimizer")) {
            case "adam" -> new Adam();
            case "adamw" -> new AdamW(new Adam(), p.real("weightDecay"));
            case "rmsprop" -> new RmsProp(p.real("decay"), 1e-8);
            case "sgd" -> new Sgd(p.real("momentum"));
            default -> throw new IllegalArgumentException("optimizer '" + p.text("optimizer") + "'");
        };
    }

    /** @param updates of all epochs */
    static LearningRate learningRate(Parameters p, long updates) {
        double rate = p.real("learningRate");
        long warmUp = p.whole("warmUp");
        LearningRate after = p.text("schedule").equals("cosine")
                ? new LearningRate.Cosine(rate, rate / 100, Math.max(1, updates - warmUp))
                : new LearningRate.Constant(rate);
        return warmUp > 0 ? new LearningRate.WarmUp(warmUp, after) : after;
    }

    static Trainer.Settings settings(Parameters p) {
        double clip = p.real("clipNorm");
        return new Trainer.Settings(p.whole("epochs"), clip > 0 ? clip : Double.POSITIVE_INFINITY, p.whole("patience"));
    }
}
