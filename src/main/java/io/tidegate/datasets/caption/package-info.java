/** Images with captions: uploaded ones, and generated scenes. */
@NullMarked
package io.tidegate.datasets.caption;

import org.jspecify.annotations.NullMarked;
