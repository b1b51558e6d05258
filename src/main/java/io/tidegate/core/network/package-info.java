@NullMarked
package io.tidegate.core.network;

import org.jspecify.annotations.NullMarked;
