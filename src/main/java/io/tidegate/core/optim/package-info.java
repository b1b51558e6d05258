@NullMarked
package io.tidegate.core.optim;

import org.jspecify.annotations.NullMarked;
