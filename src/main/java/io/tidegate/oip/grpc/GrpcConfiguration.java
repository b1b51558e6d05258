package io.tidegate.oip.grpc;

import io.grpc.netty.NettyServerBuilder;
import io.tidegate.platform.StartRefusedException;
import io.tidegate.platform.TidegateProperties;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerExecutorProvider;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerProperties;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.grpc.server.ServerBuilderCustomizer;

/** What the server of Spring Boot is told besides its properties. */
@Configuration(proxyBeanMethods = false)
class GrpcConfiguration {

    static final String THREADS = "grpcThreads";

    /** A virtual thread for each call, and for each request of a stream: they wait for their turn in the batcher. */
    @Bean(name = THREADS, destroyMethod = "shutdownNow", defaultCandidate = false)
    static ExecutorService threads() {
        return Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("grpc-", 0).factory());
    }

    @Bean
    static GrpcServerExecutorProvider executor(@Qualifier(THREADS) Executor threads) {
        return () -> threads;
    }

    @Bean
    @Order
    static ServerBuilderCustomizer<NettyServerBuilder> limits(TidegateProperties properties) {
        int maxBody =
                (int) Math.min(Integer.MAX_VALUE, properties.limits().maxBody().toBytes());
        return server -> server.maxInboundMessageSize(maxBody).fallbackHandlerRegistry(new UnservedMethods());
    }

    /** gRPC listens where HTTP does, so that what is said of {@code server.address} is true of both. */
    @Bean
    static BeanPostProcessor listenAddress(ObjectProvider<ServerProperties> http) {
        return new BeanPostProcessor() {
            @Override
            public Object postProcessAfterInitialization(Object bean, String name) {
                if (bean instanceof GrpcServerProperties grpc) {
                    listen(grpc, http.getObject().getAddress());
                }
                return bean;
            }
        };
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

    /** With its digits for a name: the framework would look a name up, and the name for another address. */
    private static InetAddress literal(InetAddress address) {
        try {
            return InetAddress.getByAddress(address.getHostAddress(), address.getAddress());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has the length of one", e);
        }
    }
}
