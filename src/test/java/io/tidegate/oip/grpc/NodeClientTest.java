package io.tidegate.oip.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** npm's @grpc/grpc-js with @grpc/proto-loader against the server. */
class NodeClientTest extends GrpcServer {

    private static final Path SOURCE = Path.of("src", "test", "node"), INSTALLED = Path.of("target", "node-clients");

    /** What npm says where there is no registry to ask. */
    private static final Pattern NO_REGISTRY =
            Pattern.compile("ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|ENOTCACHED");

    private record Ended(int code, String output) {}

    private static Ended run(Path folder, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("tidegate-node", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(5, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new AssertionError(List.of(command) + " doesn't end");
            }
            return new Ended(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.deleteIfExists(output);
        }
    }

    /** Installs what the lock file says, once for each of its contents. */
    @BeforeAll
    static void install() throws Exception {
        for (String tool : List.of("node", "npm")) {
            try {
                run(SOURCE, tool, "--version");
            } catch (IOException e) {
                abort("there is no " + tool + " on the PATH, so Node's client can't be tried");
            }
        }
        Path lock = SOURCE.resolve("package-lock.json"), done = INSTALLED.resolve("installed.json");
        if (!Files.exists(done) || Files.mismatch(lock, done) >= 0) {
            Files.createDirectories(INSTALLED);
            for (String file : List.of("package.json", "package-lock.json")) {
                Files.copy(SOURCE.resolve(file), INSTALLED.resolve(file), StandardCopyOption.REPLACE_EXISTING);
            }
            Ended npm = run(INSTALLED, "npm", "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund");
            if (npm.code() != 0 && NO_REGISTRY.matcher(npm.output()).find()) {
                abort("npm can't reach a registry, so Node's client can't be tried:\n" + npm.output());
            }
            assertThat(npm.code()).as(npm.output()).isZero();
            Files.copy(lock, done, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.copy(SOURCE.resolve("client.mjs"), INSTALLED.resolve("client.mjs"), StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void itCallsInfersAndStreams() throws Exception {
        Ended client = run(
                INSTALLED,
                "node",
                "client.mjs",
                Integer.toString(server.getPort()),
                Path.of("src", "main", "proto").toAbsolutePath().toString(),
                CLASSIFIER);
        assertThat(client.code()).as(client.output()).isZero();
        JsonNode seen = JSON.readTree(client.output());

        assertThat(seen.at("/live/live").asBoolean()).isTrue();
        assertThat(seen.at("/ready/ready").asBoolean()).isTrue();
        assertThat(seen.at("/metadata/inputs/0/name").asString()).isEqualTo("input");
        assertThat(seen.at("/metadata/inputs/0/shape/0").asString()).isEqualTo("-1");
        assertThat(seen.at("/config/config/input/0/data_type").asString()).isEqualTo("TYPE_FP32");

        assertValues(seen.at("/typed"), 1, 2, 3, 4);
        assertValues(seen.at("/raw"), 1, 2, 3, 4);
        assertThat(seen.at("/refused/code").asInt()).isEqualTo(3); // INVALID_ARGUMENT
        assertThat(seen.at("/refused/details").asString()).isNotEmpty();

        JsonNode answers = seen.at("/stream/answers");
        assertThat(seen.at("/stream/code").asInt()).isZero();
        assertThat(answers.values())
                .extracting(answer -> answer.get("id").asString())
                .containsExactly("a0", "b0", "a1", "x", "b1", "a2");
        assertValues(answers.at("/0/values"), 1, 2);
        assertValues(answers.at("/1/values"), 5, 6);
        assertValues(answers.at("/2/values"), 1, 2, 3, 4);
        assertThat(answers.at("/3/error").asString()).startsWith("sequence_unknown: ");
        assertValues(answers.at("/4/values"), 5, 6, 7, 8);
        assertValues(answers.at("/5/values"), 1, 2, 3, 4, -1, 0.5f);

        assertThat(seen.at("/ended/code").asInt()).isEqualTo(3);
        assertThat(seen.at("/ended/details").asString()).startsWith("sequence_unknown: ");
        assertThat(seen.at("/ended/answers").values())
                .extracting(answer -> answer.get("id").asString())
                .containsExactly("first");
    }

    /** What the client got is what this project's own client gets for the whole sequence. */
    private void assertValues(JsonNode seen, float... sequence) {
        float[] expected = floats(
                stub().modelInfer(raw(List.of(1L, sequence.length / 2L, 2L), sequence)
                        .build()),
                "probabilities");
        assertThat(seen.size()).isEqualTo(expected.length);
        for (int k = 0; k < expected.length; k++) {
            assertThat((float) seen.get(k).asDouble()).isEqualTo(expected[k]);
        }
    }
}
