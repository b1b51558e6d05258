/** Experiments: the same training with several cells and seeds, and a report of what that shows. */
@NullMarked
package io.tidegate.training.experiments;

import org.jspecify.annotations.NullMarked;
