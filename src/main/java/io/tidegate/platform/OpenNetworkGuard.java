package io.tidegate.platform;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.stereotype.Component;

/** Refuses to start a service that asks for no key where strangers could reach it. */
@Component
final class OpenNetworkGuard {

    OpenNetworkGuard(TidegateProperties properties, ServerProperties server) {
        check(server.getAddress(), properties.security().allowOpenNetwork());
    }

    /** @param address null means every address */
    static void check(@Nullable InetAddress address, boolean allowed) {
        if (!allowed && (address == null || !address.isLoopbackAddress())) {
            throw new StartRefusedException(
                    "server.address is "
                            + (address == null ? "unset, which means every address" : address.getHostAddress())
                            + ", and tidegate.security.mode is open: anyone who reaches that address could read, add and"
                            + " delete models.",
                    "Set server.address to 127.0.0.1, or, on a private network, tidegate.security.allow-open-network to true.");
        }
    }
}
