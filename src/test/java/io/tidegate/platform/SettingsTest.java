package io.tidegate.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.mock.env.MockEnvironment;

class SettingsTest {

    /** Every property and its default; docs/configuration.md must name each. */
    private static final Map<String, String> DEFAULTS = new TreeMap<>(Map.of(
            "tidegate.data-dir", "./data",
            "tidegate.engine", "auto",
            "tidegate.limits.max-body", "64MB",
            "tidegate.limits.max-dataset", "10GB",
            "tidegate.limits.max-steps", "1000000",
            "tidegate.limits.max-batch", "1024",
            "tidegate.limits.max-generated", "10000",
            "tidegate.limits.max-working-set", "512MB",
            "tidegate.security.mode", "open",
            "tidegate.security.allow-open-network", "false"));

    @Test
    void theDefaultsAreWhatTheDocsSay() throws Exception {
        MockEnvironment recited = new MockEnvironment();
        DEFAULTS.forEach(recited::setProperty);
        assertThat(bound(new MockEnvironment())).isEqualTo(bound(recited));
        String docs = Files.readString(Path.of("docs/configuration.md"));
        DEFAULTS.forEach((name, value) -> assertThat(docs).contains("| `" + name + "` | `" + value + "` |"));
    }

    @Test
    void everySettingIsRecited() {
        assertThat(DEFAULTS)
                .hasSize(TidegateProperties.class.getRecordComponents().length
                        - 2
                        + TidegateProperties.Limits.class.getRecordComponents().length
                        + TidegateProperties.Security.class.getRecordComponents().length);
    }

    @Test
    void aServiceWithoutKeysListensOnLoopbackOnly() throws UnknownHostException {
        InetAddress everywhere = InetAddress.getByName("0.0.0.0");
        assertThatCode(() -> OpenNetworkGuard.check(InetAddress.getLoopbackAddress(), false))
                .doesNotThrowAnyException();
        assertThatCode(() -> OpenNetworkGuard.check(everywhere, true)).doesNotThrowAnyException();
        assertThatThrownBy(() -> OpenNetworkGuard.check(everywhere, false))
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining("0.0.0.0")
                .hasMessageContaining("tidegate.security.mode is open");
        assertThatThrownBy(() -> OpenNetworkGuard.check(null, false)).hasMessageContaining("every address");
    }

    private static TidegateProperties bound(MockEnvironment environment) {
        return Binder.get(environment).bindOrCreate("tidegate", Bindable.of(TidegateProperties.class));
    }
}
