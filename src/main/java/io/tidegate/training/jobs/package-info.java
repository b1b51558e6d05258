/** Training as durable jobs: their states, the workers that run them, checkpoints, and what they publish. */
@NullMarked
package io.tidegate.training.jobs;

import org.jspecify.annotations.NullMarked;
