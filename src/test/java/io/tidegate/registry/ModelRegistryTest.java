package io.tidegate.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tidegate.checkpoint.CheckpointException;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.ReferenceEngine;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import io.tidegate.testkit.Uploads;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelRegistryTest {

    @TempDir
    private Path dataDir;

    private final AtomicInteger closed = new AtomicInteger();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    @Test
    void whatIsPublishedSurvivesARestart() throws IOException {
        ModelRegistry before = registry();
        String digest = publish(before, "kept", 1).card().weightsSha256();
        publish(before, "kept", 2);
        before.setAlias("kept", "champion", 1, "steady", OptionalInt.empty());

        ModelRegistry after = registry();
        after.loadCurrent();
        ModelVersion champion = after.resolve(ModelRef.parse("kept"));
        assertThat(champion.number()).isEqualTo(1);
        assertThat(champion.state()).isEqualTo(LoadState.READY);
        assertThat(champion.card().weightsSha256()).isEqualTo(digest);
        assertThat(after.model("kept").aliases().history("champion").getFirst().reason())
                .isEqualTo("steady");
        assertThat(publish(after, "kept", 3).number()).isEqualTo(3);
    }

    @Test
    void onlyCurrentVersionsLoadAtStartOthersWhenTheyAreAskedFor() throws IOException {
        ModelRegistry before = registry();
        publish(before, "lazy", 1);
        publish(before, "lazy", 2);

        ModelRegistry after = registry();
        after.loadCurrent();
        ModelVersion old = after.resolve(ModelRef.parse("lazy@1"));
        assertThat(old.state()).isEqualTo(LoadState.UNLOADED);
        after.resolve(ModelRef.parse("lazy@1")).lease().close();
        assertThat(old.state()).isEqualTo(LoadState.READY);
    }

    @Test
    void whatAnotherProcessDidIsSeenAndNotWrittenOver() throws IOException {
        ModelRegistry one = registry(), other = registry();
        publish(one, "shared", 1);
        one.setAlias("shared", "champion", 1, "by one", OptionalInt.empty());
        other.refresh();
        assertThat(other.resolve(ModelRef.parse("shared@champion")).number()).isEqualTo(1);
        publish(other, "shared", 2);
        one.setAlias("shared", "champion", 2, "by one again", OptionalInt.empty());
        other.setAlias("shared", "steady", 1, "by the other", OptionalInt.empty());
        assertThat(other.model("shared").aliasTargets())
                .containsEntry("champion", 2)
                .containsEntry("steady", 1);
    }

    @Test
    void changesOfTwoProcessesAtOnceAreAllKept() throws Exception {
        ModelRegistry one = registry(), other = registry();
        publish(one, "busy", 1);
        other.refresh();
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<?>> changing = Stream.of(one, other)
                    .<Future<?>>map(registry -> threads.submit(() -> {
                        for (int k = 0; k < 50; k++) {
                            registry.setAlias("busy", "champion", 1, "", OptionalInt.empty());
                        }
                    }))
                    .toList();
            for (Future<?> each : changing) {
                each.get();
            }
        }
        one.refresh();
        assertThat(one.model("busy").aliases().history("champion"))
                .extracting(Aliases.Change::revision)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 100).boxed().toList());
    }

    @Test
    void aHalfWrittenUploadIsGoneAfterARestart() throws IOException {
        ModelRegistry before = registry();
        Path staging = before.newStaging();
        Files.writeString(staging.resolve("weights.safetensors"), "cut off");
        ModelRegistry after = registry();
        assertThat(staging).doesNotExist();
        assertThat(after.models()).isEmpty();
    }

    @Test
    void aRefusedCheckpointLeavesNothing() throws IOException {
        ModelRegistry registry = registry();
        Path staging = stage(registry, "refused", 1);
        Files.write(staging.resolve("weights.safetensors"), new byte[100]);
        assertThatThrownBy(() -> registry.publish("refused", staging)).isInstanceOf(CheckpointException.class);
        assertThat(registry.models()).isEmpty();
        try (Stream<Path> left = Files.list(dataDir.resolve("models"))) {
            assertThat(left.map(path -> path.getFileName().toString())).containsExactly(".staging");
        }
    }

    @Test
    void aVersionThatWasDamagedOnDiskFailsAloneAndSaysWhy() throws IOException {
        ModelRegistry before = registry();
        publish(before, "damaged", 1);
        publish(before, "sound", 1);
        Path weights = dataDir.resolve("models/damaged/versions/1/weights.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights, bytes);

        ModelRegistry after = registry();
        after.loadCurrent();
        assertThat(after.resolve(ModelRef.parse("damaged")).state()).isEqualTo(LoadState.FAILED);
        assertThat(after.resolve(ModelRef.parse("damaged")).reason()).contains("sha256");
        assertThat(after.resolve(ModelRef.parse("sound")).state()).isEqualTo(LoadState.READY);
        assertThatThrownBy(() -> after.resolve(ModelRef.parse("damaged")).lease())
                .isInstanceOf(RegistryException.NotReady.class);
    }

    @Test
    void anUnloadWaitsForTheRequestsInItAndRefusesNewOnes() throws IOException {
        ModelRegistry registry = registry();
        publish(registry, "drained", 1);
        Lease lease = registry.resolve(ModelRef.parse("drained")).lease();
        registry.unload("drained");
        assertThat(closed).hasValue(0);
        assertThatThrownBy(() -> registry.resolve(ModelRef.parse("drained")).lease())
                .isInstanceOf(RegistryException.NotReady.class)
                .hasMessageContaining("not at ready state");
        lease.close();
        assertThat(closed).hasValue(1);
        assertThat(meters.find("tidegate.model.weights").gauges()).isEmpty();

        registry.load("drained");
        registry.resolve(ModelRef.parse("drained")).lease().close();
    }

    @Test
    void aVersionThatNoAliasPointsToIsUnloadedWhenNobodyUsesItAndLoadsAgain() throws IOException {
        ModelRegistry registry = registry();
        ModelVersion old = publish(registry, "moved", 1);
        registry.setAlias("moved", "kept", 1, "", OptionalInt.empty());
        publish(registry, "moved", 2);
        registry.unloadSuperseded();
        registry.unloadSuperseded();
        assertThat(old.state()).isEqualTo(LoadState.READY);

        registry.deleteAlias("moved", "kept", OptionalInt.empty());
        Lease lease = old.lease();
        registry.unloadSuperseded();
        registry.unloadSuperseded();
        assertThat(old.state()).isEqualTo(LoadState.READY);
        lease.close();
        registry.unloadSuperseded();
        old.lease().close(); // used meanwhile
        registry.unloadSuperseded();
        assertThat(old.state()).isEqualTo(LoadState.READY);
        registry.unloadSuperseded();
        assertThat(old.state()).isEqualTo(LoadState.UNLOADED);
        assertThat(closed).hasValue(1);
        assertThat(old.answers()).isTrue();
        old.lease().close();
        assertThat(old.state()).isEqualTo(LoadState.READY);
    }

    @Test
    void aDeletedNumberIsNotUsedAgainEvenAfterARestart() throws IOException {
        ModelRegistry before = registry();
        publish(before, "numbered", 1);
        publish(before, "numbered", 2);
        before.delete("numbered", 2);
        assertThat(publish(registry(), "numbered", 3).number()).isEqualTo(3);
    }

    @Test
    void aModelWithoutVersionsIsUnknownButItsNameIsRemembered() throws IOException {
        ModelRegistry registry = registry();
        publish(registry, "emptied", 1);
        registry.delete("emptied", 1);
        assertThatThrownBy(() -> registry.model("emptied")).isInstanceOf(RegistryException.NotFound.class);
        assertThat(registry.knows("emptied")).isTrue();
    }

    @Test
    void anAliasSetsOnlyWhatItsReaderSaw() throws IOException {
        ModelRegistry registry = registry();
        publish(registry, "aliased", 1);
        registry.setAlias("aliased", "champion", 1, "", OptionalInt.of(0));
        assertThatThrownBy(() -> registry.setAlias("aliased", "champion", 1, "", OptionalInt.of(0)))
                .isInstanceOf(RegistryException.Stale.class)
                .hasMessageContaining("expected revision 0, it has 1");
        assertThatThrownBy(() -> registry.setAlias("aliased", "champion", 9, "", OptionalInt.empty()))
                .isInstanceOf(RegistryException.NotFound.class);
    }

    private ModelRegistry registry() {
        return new ModelRegistry(
                dataDir,
                (model, config, weights) -> new CountingEngine().load(config, weights),
                meters,
                Clock.systemUTC());
    }

    private static Path stage(ModelRegistry registry, String name, long seed) throws IOException {
        Uploads.Model model = Uploads.classifier(name, CellType.WM, 2, false, seed);
        Path staging = registry.newStaging();
        Files.write(staging.resolve("model.json"), model.files().modelJson());
        Files.write(staging.resolve("weights.safetensors"), model.files().weights());
        return staging;
    }

    private static ModelVersion publish(ModelRegistry registry, String name, long seed) throws IOException {
        return registry.publish(name, stage(registry, name, seed));
    }

    /** The reference engine, with its closed networks counted. */
    private final class CountingEngine implements Engine {
        @Override
        public String name() {
            return "counting";
        }

        @Override
        public String fingerprint() {
            return name();
        }

        @Override
        public LoadedNetwork load(NetworkConfig config, Weights weights) {
            LoadedNetwork network = new ReferenceEngine().load(config, weights);
            return (LoadedNetwork) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {LoadedNetwork.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("close")) {
                            closed.incrementAndGet();
                        }
                        return method.invoke(network, arguments);
                    });
        }
    }
}
