/**
 * The engine for CPUs: weights packed once into panels off the heap, small Vector API kernels over them, and sums whose order
 * never depends on the batch, the threads or the vector width. See {@code docs/adr/0011-the-fused-engine.md}.
 */
@NullMarked
package io.tidegate.engine.fused;

import org.jspecify.annotations.NullMarked;
