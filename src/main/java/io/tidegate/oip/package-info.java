/**
 * The Open Inference Protocol: its tensors and requests, and the one service that answers them. The transports, {@code rest} and
 * {@code grpc}, only read and write.
 */
@NullMarked
package io.tidegate.oip;

import org.jspecify.annotations.NullMarked;
