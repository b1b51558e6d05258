/** Predictions, generation and inspection: one service, whatever the transport. */
@NullMarked
package io.tidegate.inference;

import org.jspecify.annotations.NullMarked;
