/** The Open Inference Protocol over HTTP, under {@code /v2}. Errors are {@code {"error": "…"}}. */
@NullMarked
package io.tidegate.oip.rest;

import org.jspecify.annotations.NullMarked;
