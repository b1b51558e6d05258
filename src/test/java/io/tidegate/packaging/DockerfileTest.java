package io.tidegate.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What can be said of the image without building it; {@code docs/operations/container.md} tells what was built and run. */
class DockerfileTest {
    private final String dockerfile = read("Dockerfile");

    @Test
    void theImageRunsAsTheUserThatTheChartNames() {
        assertThat(instructions("USER")).containsExactly("10001:10001");
        assertThat(read("helm/tidegate/templates/deployment.yaml")).contains("runAsUser: 10001", "runAsGroup: 10001");
    }

    @Test
    void theImageSetsTheVariablesThatTheChartSets() {
        assertThat(String.join(" ", instructions("ENV")))
                .contains("SERVER_ADDRESS=0.0.0.0")
                .contains("TIDEGATE_SECURITY_ALLOW_OPEN_NETWORK=true")
                .contains("TIDEGATE_DATA_DIR=/data");
        assertThat(instructions("VOLUME")).containsExactly("/data");
    }

    @Test
    void theImageExposesThePortsThatTheChartNames() {
        assertThat(instructions("EXPOSE")).containsExactly("8080 9090");
        assertThat(read("helm/tidegate/templates/deployment.yaml"))
                .contains("containerPort: 8080", "containerPort: 9090");
    }

    @Test
    void theProbesAreLeftToWhoeverRunsTheImage() {
        assertThat(instructions("HEALTHCHECK")).isEmpty();
    }

    @Test
    void theJvmFlagsAreThoseOfEveryOtherWayToStart() {
        assertThat(instructions("ENTRYPOINT")).singleElement().asString().contains("\"@/app/tidegate.jvm\"");
    }

    /** A jar that the Dockerfile doesn't name leaves its libraries to be unpacked at every start, which a noexec /tmp stops. */
    @Test
    void everyNativeLibraryOfNd4jIsUnpackedIntoTheImage() {
        String unpacked = Pattern.compile("for jar in ([a-z0-9 -]+);")
                .matcher(dockerfile)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.joining());
        // These hold the bindings of Intel's MKL, which is not there; no library at all; and one that Netty does
        // without, on NIO,
        // where it can't unpack it.
        var unneeded = Set.of("mkl", "nd4j-native-preset", "netty-transport-native-epoll");
        Stream<String> natives = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(jar -> Pattern.compile(
                                "([a-z0-9-]+?)-[0-9][^-]*(-[^-]+)*-(linux|macosx|windows)-(x86_64|arm64)\\.jar")
                        .matcher(Path.of(jar).getFileName().toString()))
                .filter(Matcher::matches)
                .map(jar -> jar.group(1))
                .filter(jar -> !unneeded.contains(jar));

        assertThat(natives).containsExactlyInAnyOrder(unpacked.split(" "));
    }

    /** The arguments of every instruction of that name, with continued lines joined. */
    private List<String> instructions(String name) {
        return Pattern.compile("(?m)^" + name + "\\s+(.*)$")
                .matcher(dockerfile.replaceAll("\\\\\\n\\s*", " "))
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
