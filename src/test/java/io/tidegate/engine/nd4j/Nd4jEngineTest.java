package io.tidegate.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.Output;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.testkit.EngineContract;
import io.tidegate.testkit.RandomNetworks;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class Nd4jEngineTest extends EngineContract {

    private static final Nd4jEngine ENGINE = Nd4jEngine.create();

    @Override
    protected Engine engine() {
        return ENGINE;
    }

    @Override
    protected double batchTolerance() {
        return 1e-6;
    }

    @Test
    void itSaysWhatItRunsOn() {
        assertThat(ENGINE.backend().device()).isEqualTo("CPU");
        assertThat(ENGINE.backend().blas()).isNotBlank();
        assertThat(ENGINE.backend().threads()).isEqualTo(1);
        assertThat(ENGINE.backend().startup()).isPositive();
        assertThat(ENGINE.fingerprint()).matches("nd4j/1 nd4j=1\\.0\\.0-M2\\.1 CPU blas=OpenBLAS-\\w+ threads=1");
    }

    @Test
    void aClosedNetworkRefusesToRun() {
        NetworkConfig config = RandomNetworks.config(new InputConfig.Tokens(5, 0), CellType.LSTM, 1, false);
        LoadedNetwork network = ENGINE.load(config, new RandomNetworks(41).weights(config));
        network.close();
        network.close();
        Batch batch = Batch.single(new Batch.Input.Tokens(new int[] {1}));
        assertThatThrownBy(() -> network.run(batch, network.zeroStates(1), Set.of(Output.LOGITS)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void withoutABackendItSaysThatThereIsNone() throws Exception {
        Throwable refusal = createWithout(jar -> jar.startsWith("nd4j-native"));
        assertThat(refusal).isInstanceOf(IllegalStateException.class).hasMessageStartingWith("ND4J does not start: ");
        assertThat(refusal).hasMessageContaining("NoAvailableBackend").hasCauseInstanceOf(Throwable.class);
    }

    @Test
    void withoutItsNativeLibraryItNamesTheOneThatIsMissing() throws Exception {
        Throwable refusal = createWithout(jar -> jar.matches("nd4j-native-\\d.*-.*-.*-.*\\.jar"));
        assertThat(refusal).isInstanceOf(IllegalStateException.class).hasMessageStartingWith("ND4J does not start: ");
        assertThat(refusal).hasMessageContaining("jnind4jcpu");
    }

    @Test
    void nothingOfNd4jIsNeededUntilItIsCreated() throws Exception {
        try (URLClassLoader loader = loaderWithout(jar -> jar.startsWith("nd4j"))) {
            Class<?> engine = Class.forName(Nd4jEngine.class.getName(), true, loader);
            assertThat(engine.getField("NAME").get(null)).isEqualTo("nd4j");
        }
        Throwable refusal = createWithout(jar -> jar.startsWith("nd4j"));
        assertThat(refusal).hasMessageStartingWith("ND4J does not start: ").hasMessageContaining("org.nd4j");
    }

    /** What {@code create} throws where some jars are missing. */
    private static Throwable createWithout(Predicate<String> missing) throws Exception {
        try (URLClassLoader loader = loaderWithout(missing)) {
            Method create =
                    Class.forName(Nd4jEngine.class.getName(), true, loader).getMethod("create");
            try {
                create.invoke(null);
            } catch (InvocationTargetException e) {
                return e.getCause();
            }
            throw new AssertionError("the engine was created");
        }
    }

    /** A class loader of its own for everything but some jars, and for logging, which would print the refusals. */
    private static URLClassLoader loaderWithout(Predicate<String> missing) throws IOException {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(entry);
            String name = path.getFileName().toString();
            if (!missing.test(name) && !name.startsWith("logback")) {
                urls.add(path.toUri().toURL());
            }
        }
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }
}
