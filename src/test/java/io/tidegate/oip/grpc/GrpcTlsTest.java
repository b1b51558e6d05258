package io.tidegate.oip.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.tidegate.oip.grpc.proto.GRPCInferenceServiceGrpc;
import io.tidegate.oip.grpc.proto.ServerLiveRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** TLS by the properties that docs/grpc.md shows, with a certificate made here. */
@DirtiesContext
class GrpcTlsTest extends GrpcServer {

    private static final String PASSWORD = "only-for-this-test";
    private static Path keys;

    @DynamicPropertySource
    static void certificate(DynamicPropertyRegistry registry) throws Exception {
        keys = Files.createTempDirectory("tidegate-tls").resolve("keys.p12");
        Process keytool = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        keys.toString(),
                        "-storepass",
                        PASSWORD))
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes());
        assertThat(keytool.waitFor()).as(said).isZero();
        registry.add("spring.ssl.bundle.jks.grpc.keystore.location", () -> "file:" + keys);
        registry.add("spring.ssl.bundle.jks.grpc.keystore.password", () -> PASSWORD);
        registry.add("spring.ssl.bundle.jks.grpc.keystore.type", () -> "PKCS12");
        registry.add("spring.grpc.server.ssl.bundle", () -> "grpc");
    }

    @Test
    void aClientThatTrustsTheCertificateIsServed() throws Exception {
        ManagedChannel secure = Grpc.newChannelBuilder(
                        "127.0.0.1:" + server.getPort(),
                        TlsChannelCredentials.newBuilder()
                                .trustManager(trusted().getTrustManagers())
                                .build())
                .build();
        try {
            assertThat(GRPCInferenceServiceGrpc.newBlockingStub(secure)
                            .serverLive(ServerLiveRequest.getDefaultInstance())
                            .getLive())
                    .isTrue();
            assertThat(floats(
                            GRPCInferenceServiceGrpc.newBlockingStub(secure)
                                    .modelInfer(raw(List.of(1L, 1L, 2L), 1, 2).build()),
                            "probabilities"))
                    .hasSize(3);
        } finally {
            secure.shutdownNow().awaitTermination(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void aClientWithoutTlsIsNot() {
        assertRefused(() -> stub().serverLive(ServerLiveRequest.getDefaultInstance()), Status.Code.UNAVAILABLE, "");
    }

    private static TrustManagerFactory trusted() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, PASSWORD.toCharArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("server", store.getCertificate("server"));
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trust);
        return factory;
    }
}
