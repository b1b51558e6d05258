package io.tidegate.oip.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.grpc.BindableService;
import io.grpc.protobuf.services.HealthStatusManager;
import io.tidegate.platform.StartRefusedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;
import org.springframework.grpc.server.lifecycle.GrpcServerStartedEvent;

/** Where the framework's server listens. */
class GrpcConfigurationTest {

    private final ServerProperties http = new ServerProperties();
    private final List<InetAddress> listening = new ArrayList<>();

    /** A server with nothing but health. */
    private ApplicationContextRunner server(String... properties) {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class, GrpcServerAutoConfiguration.class))
                .withPropertyValues("spring.grpc.server.port=0")
                .withPropertyValues(properties)
                .withBean(ServerProperties.class, () -> http)
                .withBean(BindableService.class, () -> new HealthStatusManager().getHealthService())
                .withBean(ListenAddress.class)
                .withInitializer(context -> context.addApplicationListener((ApplicationListener<GrpcServerStartedEvent>)
                        event -> event.getServer()
                                .getListenSockets()
                                .forEach(socket -> listening.add(((InetSocketAddress) socket).getAddress()))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.0.0.2", "::1"})
    void grpcListensWhereHttpDoes(String address) throws Exception {
        requireHere(address);
        http.setAddress(InetAddress.getByName(address));
        server().run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBean(GrpcServerLifecycle.class).isRunning()).isTrue();
            assertThat(listening).containsExactly(InetAddress.getByName(address));
        });
    }

    private static void requireHere(String address) {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName(address))) {
            assertThat(free.isBound()).isTrue();
        } catch (IOException e) {
            abort("this machine has no " + address);
        }
    }

    @Test
    void anAddressOfItsOwnStopsTheStart() throws Exception {
        http.setAddress(InetAddress.getByName("127.0.0.1"));
        server("spring.grpc.server.address=0.0.0.0").run(context -> {
            assertThat(context).hasFailed();
            assertThat(context.getStartupFailure())
                    .rootCause()
                    .isInstanceOf(StartRefusedException.class)
                    .hasMessageContaining("spring.grpc.server.address is 0.0.0.0");
        });
    }

    /** As a later framework might do, by mistake. */
    @Test
    void aServerThatListensElsewhereIsStopped() throws Exception {
        http.setAddress(InetAddress.getByName("127.0.0.1"));
        server().withBean("elsewhere", Elsewhere.class, () -> new Elsewhere(http))
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(context.getStartupFailure())
                            .rootCause()
                            .isInstanceOf(StartRefusedException.class)
                            .hasMessageContaining("gRPC would listen at");
                });
    }

    /** Starts before the server, after its address was set. */
    private record Elsewhere(ServerProperties http) implements SmartLifecycle {
        @Override
        public void start() {
            http.setAddress(InetAddress.ofLiteral("127.0.0.2"));
        }

        @Override
        public void stop() {}

        @Override
        public boolean isRunning() {
            return false;
        }

        @Override
        public int getPhase() {
            return 0;
        }
    }
}
