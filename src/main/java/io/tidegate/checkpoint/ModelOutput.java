package io.tidegate.checkpoint;

import io.tidegate.core.caption.DecoderType;
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

    /**
     * A captioner's.
     *
     * @param words the vocabulary, each word once; a word's token is its place, counted from 1
     * @param attentionSize 0 for a decoder without attention
     * @param maxWords of a caption
     */
    record Captions(DecoderType decoder, List<String> words, int embeddingSize, int attentionSize, int maxWords)
            implements ModelOutput {

        /** The word that stands for all that the vocabulary lacks; it may be there, and is never written. */
        public static final String UNKNOWN = "<unk>";

        public Captions {
            words = List.copyOf(words);
        }

        @Override
        public Task task() {
            return Task.CAPTIONING;
        }
    }
}
