package io.tidegate.sequences;

/**
 * A live sequence's name.
 *
 * @param model name, without version or alias
 * @param id unique within the model's name
 */
public record SequenceKey(String model, String id) {}
