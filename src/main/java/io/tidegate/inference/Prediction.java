package io.tidegate.inference;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a model says of one sequence, or of its beginning up to one step, or of one image. */
public sealed interface Prediction {

    /**
     * @param label the most probable one
     * @param scores probability of each label, in the model's order
     */
    record Classification(String label, Map<String, Double> scores) implements Prediction {}

    /** @param values in the model's own units */
    record Regression(List<Double> values) implements Prediction {}

    /**
     * @param logLikelihood of all characters after the first, in nats
     * @param bitsPerCharacter −logLikelihood / ((n − 1) ln 2); null for a single character
     * @param next probability of each character after the last, most probable first
     */
    record NextCharacter(double logLikelihood, @Nullable Double bitsPerCharacter, Map<String, Double> next)
            implements Prediction {}

    /**
     * @param logProbability of the caption's words and its end, in nats
     * @param alternatives less likely captions that the search found, the best first
     */
    record Caption(
            String caption,
            double logProbability,

            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Alternative> alternatives)
            implements Prediction {}

    record Alternative(String caption, double logProbability) {}
}
