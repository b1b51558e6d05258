@NullMarked
package io.tidegate.core.engine;

import org.jspecify.annotations.NullMarked;
