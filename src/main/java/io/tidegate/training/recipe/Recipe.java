package io.tidegate.training.recipe;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A kind of training that can be asked for by name. Stateless; shared by every thread. */
public interface Recipe {

    String name();

    /** One sentence for a list. */
    String summary();

    ParameterSet parameters();

    /** The formats of datasets it can be given, such as {@code csv}; empty for one that makes its data up. */
    List<String> formats();

    /** The dataset that a preset takes where the request names none. */
    default Optional<String> standardDataset(String preset) {
        return Optional.empty();
    }

    /**
     * The dataset of a request: the one it names, else its preset's; null for neither.
     *
     * @param preset as the request names it; null for none
     */
    default @Nullable String dataset(@Nullable String named, @Nullable String preset) {
        return named != null
                ? named
                : standardDataset(preset == null ? ParameterSet.FULL : preset).orElse(null);
    }

    /**
     * What an assignment would need, told without reading the data.
     *
     * @throws InvalidParametersException if the recipe can't be run so, as where it needs a dataset and got none
     */
    Estimate estimate(Assignment assignment);

    /** Opens the data and sets everything up. */
    Plan plan(Assignment assignment);
}
