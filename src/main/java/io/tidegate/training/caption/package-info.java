/** Captioning: how captions are scored, and how captioners are trained. */
@NullMarked
package io.tidegate.training.caption;

import org.jspecify.annotations.NullMarked;
