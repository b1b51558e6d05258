/** Live sequences: state kept between requests, where it is stored, how it ends, how it is handed over. */
@NullMarked
package io.tidegate.sequences;

import org.jspecify.annotations.NullMarked;
