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
    private static final Map<String, String> DEFAULTS = new TreeMap<>(Map.ofEntries(
            Map.entry("tidegate.data-dir", "./data"),
            Map.entry("tidegate.engine", "auto"),
            Map.entry("tidegate.weights.format", "float32"),
            Map.entry("tidegate.unload-after", "1m"),
            Map.entry("tidegate.limits.max-body", "64MB"),
            Map.entry("tidegate.limits.max-body-time", "60s"),
            Map.entry("tidegate.limits.max-dataset", "10GB"),
            Map.entry("tidegate.limits.max-steps", "1000000"),
            Map.entry("tidegate.limits.max-batch", "1024"),
            Map.entry("tidegate.limits.max-generated", "10000"),
            Map.entry("tidegate.limits.max-working-set", "512MB"),
            Map.entry("tidegate.batching.max-batch-size", "64"),
            Map.entry("tidegate.batching.max-delay", "0ms"),
            Map.entry("tidegate.batching.max-queue", "10000"),
            Map.entry("tidegate.sequences.store", "memory"),
            Map.entry("tidegate.sequences.durability", "periodic"),
            Map.entry("tidegate.sequences.interval", "1s"),
            Map.entry("tidegate.sequences.idle", "10m"),
            Map.entry("tidegate.sequences.max-bytes", "4GB"),
            Map.entry("tidegate.sequences.max-model-bytes", "4GB"),
            Map.entry("tidegate.sequences.remember", "1h"),
            Map.entry("tidegate.sequences.max-remembered", "1000000"),
            Map.entry("tidegate.sequences.signing-key", ""),
            Map.entry("tidegate.sequences.previous-signing-key", ""),
            Map.entry("tidegate.sequences.redis", "redis://localhost:6379"),
            Map.entry("tidegate.security.mode", "open"),
            Map.entry("tidegate.security.allow-open-network", "false"),
            Map.entry("tidegate.roles", "serve,train"),
            Map.entry("tidegate.training.max-jobs", "1"),
            Map.entry("tidegate.training.threads", "0"),
            Map.entry("tidegate.training.engine", "auto"),
            Map.entry("tidegate.training.checkpoint-every", "30s"),
            Map.entry("tidegate.training.checkpoint-updates", "0"),
            Map.entry("tidegate.training.checkpoints-kept", "3"),
            Map.entry("tidegate.training.heartbeat", "2s"),
            Map.entry("tidegate.training.limits.max-updates", "10000000"),
            Map.entry("tidegate.training.limits.max-wall-time", "7d"),
            Map.entry("tidegate.training.limits.max-memory", "0B"),
            Map.entry("tidegate.training.limits.max-jobs-queued", "1000")));

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
                        - 5
                        + TidegateProperties.Batching.class.getRecordComponents().length
                        + TidegateProperties.Sequences.class.getRecordComponents().length
                        - 1
                        + TidegateProperties.Limits.class.getRecordComponents().length
                        + TidegateProperties.Training.class.getRecordComponents().length
                        - 1
                        + TidegateProperties.JobLimits.class.getRecordComponents().length
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
