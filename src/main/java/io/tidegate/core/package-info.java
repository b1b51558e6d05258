/** The numerics, on java.base alone: cells, networks, training, and the engine SPI. It knows no other room. */
@NullMarked
package io.tidegate.core;

import org.jspecify.annotations.NullMarked;
