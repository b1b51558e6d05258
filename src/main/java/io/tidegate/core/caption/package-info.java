/** Captions from image features: two decoders, their gradients, and beam search, in double and plain loops. */
@NullMarked
package io.tidegate.core.caption;

import org.jspecify.annotations.NullMarked;
