package io.tidegate.oip.grpc;

import io.tidegate.platform.StartRefusedException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerProperties;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.context.ApplicationListener;
import org.springframework.grpc.server.lifecycle.GrpcServerStartedEvent;

/** gRPC listens where HTTP does, so that what is said of {@code server.address}, and checked, is true of both. */
final class ListenAddress implements BeanPostProcessor, ApplicationListener<GrpcServerStartedEvent> {

    private final ObjectProvider<ServerProperties> http;

    ListenAddress(ObjectProvider<ServerProperties> http) {
        this.http = http;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean instanceof GrpcServerProperties grpc) {
            listen(grpc, address());
        }
        return bean;
    }

    /** Null for every address. */
    private @Nullable InetAddress address() {
        return http.getObject().getAddress();
    }

    private static void listen(GrpcServerProperties grpc, @Nullable InetAddress address) {
        if (grpc.getAddress() != null && !Objects.equals(grpc.getAddress(), address)) {
            throw new StartRefusedException(
                    "spring.grpc.server.address is " + grpc.getAddress().getHostAddress()
                            + ", and gRPC listens where server.address says.",
                    "Leave spring.grpc.server.address out; set server.address for both.");
        }
        grpc.setAddress(address == null ? null : literal(address));
    }

    /**
     * With its digits for a name: the framework would look a name up, and the name for another address. It writes that name into
     * a URI, and listens at every address where it can't read it again, so that those of IPv6 need brackets; one pair of them gets
     * lost on the way.
     */
    private static InetAddress literal(InetAddress address) {
        String digits = address.getHostAddress();
        try {
            return InetAddress.getByAddress(
                    address instanceof Inet6Address ? "[[" + digits + "]]" : digits, address.getAddress());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has the length of one", e);
        }
    }

    /** Whatever the framework made of the address: a server that strangers can reach must not stay open. */
    @Override
    public void onApplicationEvent(GrpcServerStartedEvent event) {
        InetAddress address = address();
        for (SocketAddress socket : event.getServer().getListenSockets()) {
            if (address != null
                    && socket instanceof InetSocketAddress listening
                    && !address.equals(listening.getAddress())) {
                event.getServer().shutdownNow();
                throw new StartRefusedException(
                        "gRPC would listen at " + listening + ", where server.address says " + address.getHostAddress()
                                + ".",
                        "Set server.address to an address of this machine in digits, such as 127.0.0.1.");
            }
        }
    }
}
