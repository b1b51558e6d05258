package io.tidegate.oip.grpc;

import io.grpc.netty.NettyServerBuilder;
import io.tidegate.platform.TidegateProperties;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerExecutorProvider;
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

    @Bean
    static ListenAddress listenAddress(ObjectProvider<ServerProperties> http) {
        return new ListenAddress(http);
    }
}
