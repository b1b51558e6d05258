/** Data: what is uploaded and what comes built in. */
@NullMarked
package io.tidegate.datasets;

import org.jspecify.annotations.NullMarked;
