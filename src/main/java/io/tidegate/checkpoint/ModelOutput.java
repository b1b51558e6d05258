package io.tidegate.checkpoint;

import java.util.List;

/** What a model says, and so its task. */
public sealed interface ModelOutput {

    Task task();

    /**
     * A classifier's.
     *
     * @param labels one for each class, each once, at least two
     */
    record Labels(List<String> labels) implements ModelOutput {
        public Labels {
            labels = List.copyOf(labels);
        }

        @Override
        public Task task() {
            return Task.CLASSIFICATION;
        }
    }

    /**
     * A regressor's.
     *
     * @param size values per answer
     * @param scale between the user's units and the network's
     */
    record Values(int size, Scale scale) implements ModelOutput {
        @Override
        public Task task() {
            return Task.REGRESSION;
        }
    }

    /** A language model's: one score for each character of its vocabulary, so {@code model.json} has an empty object here. */
    record NextCharacter() implements ModelOutput {
        @Override
        public Task task() {
            return Task.LANGUAGE_MODEL;
        }
    }
}
