/** The {@code /v2} family: the Open Inference Protocol. Errors are {@code {"error": "…"}}. */
@NullMarked
package io.tidegate.oip;

import org.jspecify.annotations.NullMarked;
