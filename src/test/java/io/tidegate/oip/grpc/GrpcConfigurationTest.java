package io.tidegate.oip.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.platform.StartRefusedException;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerProperties;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;

class GrpcConfigurationTest {

    private final ServerProperties http = new ServerProperties();
    private final GrpcServerProperties grpc = new GrpcServerProperties();

    private void start() {
        StaticListableBeanFactory beans = new StaticListableBeanFactory();
        beans.addBean("http", http);
        GrpcConfiguration.listenAddress(beans.getBeanProvider(ServerProperties.class))
                .postProcessAfterInitialization(grpc, "grpc");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "0.0.0.0", "10.1.2.3", "::1"})
    void grpcListensWhereHttpDoesByTheAddressItself(String address) throws Exception {
        http.setAddress(InetAddress.getByName(address));
        start();
        assertThat(grpc.getAddress()).isEqualTo(http.getAddress());
        assertThat(grpc.getAddress().getHostName()).isEqualTo(http.getAddress().getHostAddress());
    }

    @Test
    void noAddressIsEveryAddressForBoth() {
        start();
        assertThat(grpc.getAddress()).isNull();
    }

    @Test
    void anAddressOfItsOwnStopsTheStart() throws Exception {
        http.setAddress(InetAddress.getByName("127.0.0.1"));
        grpc.setAddress(InetAddress.getByName("0.0.0.0"));
        assertThatThrownBy(this::start)
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining("spring.grpc.server.address is 0.0.0.0");
    }
}
