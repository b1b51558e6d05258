/** Training: the demo models now, jobs and recipes on top of the trainer. */
@NullMarked
package io.tidegate.training;

import org.jspecify.annotations.NullMarked;
