package io.tidegate.datasets;

import java.util.Optional;

/** Who may hold a dataset. A room that uses datasets over time gives a bean of this kind; what it holds isn't deleted. */
@FunctionalInterface
public interface DatasetUse {

    /** @return what holds the dataset, as in "training job 17"; empty where nothing does */
    Optional<String> holderOf(String id);
}
