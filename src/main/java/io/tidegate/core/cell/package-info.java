@NullMarked
package io.tidegate.core.cell;

import org.jspecify.annotations.NullMarked;
