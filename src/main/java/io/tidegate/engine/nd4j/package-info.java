/**
 * The engine on ND4J: batched float32 products and in-place elementwise operations, on the CPU or, with the Maven profile
 * {@code cuda}, on a GPU. The only importer of {@code org.nd4j}; nothing of it is loaded before
 * {@link io.tidegate.engine.nd4j.Nd4jEngine#create}.
 */
@NullMarked
package io.tidegate.engine.nd4j;

import org.jspecify.annotations.NullMarked;
