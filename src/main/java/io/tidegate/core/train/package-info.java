@NullMarked
package io.tidegate.core.train;

import org.jspecify.annotations.NullMarked;
