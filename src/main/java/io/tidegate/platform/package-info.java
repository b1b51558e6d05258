/** What every room stands on: configuration records, limits, security, metrics, lifecycle. */
@NullMarked
package io.tidegate.platform;

import org.jspecify.annotations.NullMarked;
