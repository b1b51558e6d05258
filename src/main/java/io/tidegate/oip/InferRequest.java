package io.tidegate.oip;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for.
 *
 * @param id given back as it came
 * @param inputs by name; each is one that the model knows
 * @param outputs names of what is wanted, in the order in which to give it
 */
record InferRequest(@Nullable String id, Map<String, InputTensor> inputs, Set<String> outputs) {}
