/** The Open Inference Protocol over gRPC. Messages are turned into the neutral types of {@code oip} and back; see docs/grpc.md. */
@NullMarked
package io.tidegate.oip.grpc;

import org.jspecify.annotations.NullMarked;
