package io.tidegate.sequences;

/**
 * What a request says of the live sequence that it is a part of.
 *
 * @param id unique within a model's name: a decimal integer and the text that writes it are the same id
 * @param start a new sequence begins; a live one of that id ends
 * @param end the sequence ends after this request
 */
public record SequenceControl(String id, boolean start, boolean end) {}
