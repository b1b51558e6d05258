package io.tidegate.inference;

import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.ModelInput;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A character model's characters; a character's token is its place. */
final class Vocabulary {

    private final List<String> characters;
    private final Map<Integer, Integer> tokens = new HashMap<>();

    /** @param model reads characters */
    Vocabulary(ModelDescriptor model) {
        String vocabulary = ((ModelInput.Characters) model.input()).vocabulary();
        this.characters = vocabulary.codePoints().mapToObj(Character::toString).toList();
        vocabulary.codePoints().forEach(character -> tokens.put(character, tokens.size()));
    }

    int size() {
        return characters.size();
    }

    String character(int token) {
        return characters.get(token);
    }

    /** @return null for a character that isn't in it */
    @Nullable
    Integer token(int codePoint) {
        return tokens.get(codePoint);
    }
}
