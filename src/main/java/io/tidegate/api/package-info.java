/** The {@code /api/v1} family: plain JSON for people. Errors are problem+json (RFC 9457). */
@NullMarked
package io.tidegate.api;

import org.jspecify.annotations.NullMarked;
