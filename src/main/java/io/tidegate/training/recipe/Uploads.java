package io.tidegate.training.recipe;

import io.tidegate.datasets.CaptionContent;
import io.tidegate.datasets.Dataset;
import io.tidegate.datasets.DatasetException;
import io.tidegate.datasets.DatasetSummary;
import io.tidegate.datasets.Expected;
import io.tidegate.datasets.SequenceData;
import io.tidegate.datasets.TextData;
import io.tidegate.datasets.caption.CaptionData;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Where recipes get their data: by id, refused in terms of the request. */
final class Uploads {

    private final Function<String, Dataset> datasets;

    Uploads(Function<String, Dataset> datasets) {
        this.datasets = datasets;
    }

    /** @throws InvalidParametersException if there is none of that id, or it isn't of the recipe's formats */
    Dataset dataset(Recipe recipe, @Nullable String id) {
        if (id == null) {
            throw new InvalidParametersException(
                    "/dataset",
                    "'" + recipe.name() + "' needs one (" + String.join(", ", recipe.formats())
                            + "); upload it with: curl -F file=@data.csv http://localhost:8080/api/v1/datasets");
        }
        Dataset dataset = known(id);
        String format = dataset.summary().format();
        boolean own = recipe.standardDataset(ParameterSet.QUICK).equals(Optional.of(id));
        if (!own && !recipe.formats().contains(format)) {
            throw new InvalidParametersException(
                    "/dataset",
                    "expected a dataset of format " + String.join(" or ", recipe.formats()) + " for '" + recipe.name()
                            + "', got '" + id + "', which is " + format);
        }
        return dataset;
    }

    private Dataset known(String id) {
        try {
            return datasets.apply(id);
        } catch (DatasetException.NotFound | DatasetException.Refused e) {
            throw new InvalidParametersException("/dataset", Objects.requireNonNull(e.getMessage()));
        }
    }

    /** What is known of the sequences without opening them. */
    static DatasetSummary.Sequences sequences(Dataset dataset) {
        DatasetSummary.Sequences sequences = dataset.summary().sequences();
        if (sequences == null) {
            throw new InvalidParametersException("/dataset", "expected sequences, got a text, '" + dataset.id() + "'");
        }
        return sequences;
    }

    /** The classes' names; at least two. */
    static List<String> classes(Dataset dataset) {
        List<DatasetSummary.ClassCount> classes = sequences(dataset).classes();
        if (classes == null) {
            throw new InvalidParametersException(
                    "/dataset", "expected a label for each sequence, '" + dataset.id() + "' has none");
        }
        return classes.stream().map(DatasetSummary.ClassCount::label).toList();
    }

    /** Captioned images, opened. */
    CaptionData captions(String id) {
        Dataset dataset = known(id);
        if (!dataset.summary().format().equals(CaptionData.FORMAT)) {
            throw new InvalidParametersException(
                    "/dataset",
                    "expected a dataset of format " + CaptionData.FORMAT + ", got '" + id + "', which is "
                            + dataset.summary().format());
        }
        return ((CaptionContent) dataset.open()).data();
    }

    static SequenceData openSequences(Dataset dataset) {
        return (SequenceData) dataset.open();
    }

    static TextData openText(Dataset dataset) {
        return (TextData) dataset.open();
    }

    /** What a model of these sequences can learn from them, told by the summary alone. */
    static Expected expected(Dataset dataset) {
        DatasetSummary.Sequences sequences = sequences(dataset);
        DatasetSummary.Targets targets = sequences.targets();
        if (targets != null) {
            return targets.per().equals("step") ? Expected.TARGETS : Expected.TARGET;
        }
        return sequences.classes() == null ? Expected.NONE : Expected.LABEL;
    }
}
