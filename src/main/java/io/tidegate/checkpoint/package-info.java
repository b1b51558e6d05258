/** Checkpoints, {@code model.json} beside {@code weights.safetensors}: reading, checking, writing. It knows only {@code core}. */
@NullMarked
package io.tidegate.checkpoint;

import org.jspecify.annotations.NullMarked;
