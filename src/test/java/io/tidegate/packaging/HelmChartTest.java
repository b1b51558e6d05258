package io.tidegate.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1ContainerPort;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1EnvVar;
import io.kubernetes.client.openapi.models.V1PersistentVolumeClaim;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V1Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Lints and renders {@code helm/tidegate} with Helm's own code, and reads the result as Kubernetes' strict models do. */
class HelmChartTest {
    private static final Path CHART = Path.of("helm", "tidegate");

    @TempDir
    Path scratch;

    @BeforeAll
    static void loadTheModels() {
        // The models' validation uses a Gson that this constructor's class sets up.
        var unused = new JSON();
    }

    @Test
    void theChartPassesHelmsStrictLint() {
        LintResult lint = new Helm(CHART).lint().strict().call();

        assertThat(lint.isFailed()).as("%s", lint.getMessages()).isFalse();
    }

    @Test
    void theChartIsOfTheVersionThatTheBuildIsOf() throws IOException {
        var chart = (Map<?, ?>) yaml().load(Files.readString(CHART.resolve("Chart.yaml")));

        assertThat(Files.readString(Path.of("pom.xml")))
                .containsPattern(
                        "<artifactId>tidegate</artifactId>\\s*<version>" + chart.get("appVersion") + "(-SNAPSHOT)?<");
    }

    @Test
    void byDefaultItRendersADeploymentAServiceAnAccountAndAClaim() throws IOException {
        Rendered chart = render("");

        assertThat(chart.objects())
                .containsOnlyKeys("Deployment", "Service", "ServiceAccount", "PersistentVolumeClaim");
        V1Deployment deployment = chart.deployment();
        V1Service service = chart.service();
        assertThat(deployment.getSpec().getSelector().getMatchLabels())
                .isEqualTo(service.getSpec().getSelector());
        assertThat(deployment.getSpec().getTemplate().getMetadata().getLabels())
                .containsAllEntriesOf(service.getSpec().getSelector());
        assertThat(ports(service)).containsExactly("http 8080 -> http", "grpc 9090 -> grpc");
        assertThat(chart.container().getPorts())
                .extracting(port -> port.getName() + " " + port.getContainerPort())
                .containsExactly("http 8080", "grpc 9090");
    }

    private static List<String> ports(V1Service service) {
        return service.getSpec().getPorts().stream()
                .map(port -> port.getName() + " " + port.getPort() + " -> "
                        + port.getTargetPort().getStrValue())
                .toList();
    }

    @Test
    void thePodsPortsAreThoseOfTheService() throws IOException {
        var application = (Map<?, ?>) yaml().load(Files.readString(Path.of("src/main/resources/application.yaml")));
        var grpc = (Map<?, ?>) ((Map<?, ?>) application.get("spring")).get("grpc");

        assertThat(render("").container().getPorts())
                .extracting(V1ContainerPort::getContainerPort)
                .containsExactly((Integer) ((Map<?, ?>) application.get("server")).get("port"), (Integer)
                        ((Map<?, ?>) grpc.get("server")).get("port"));
    }

    @Test
    void valuesThatNameEverythingStillRenderWhatKubernetesAccepts() throws IOException {
        Rendered chart = render("""
                image: {repository: registry.example/tidegate, tag: 1.2.3, pullPolicy: Always}
                imagePullSecrets: [{name: pull}]
                fullnameOverride: gate
                engine: nd4j
                config: {tidegate.limits.max-body: 67108864, tidegate.roles: serve}
                extraEnv: [{name: TOKEN, valueFrom: {secretKeyRef: {name: gate, key: token}}}]
                javaOptions: -XX:MaxRAMPercentage=40
                service: {type: NodePort, port: 80, grpcPort: 81, annotations: {team: tides}}
                serviceAccount: {name: gatekeeper, annotations: {team: tides}}
                persistence: {size: 20Gi, storageClass: "-", keep: false}
                tmp: {sizeLimit: 2Gi, medium: Memory}
                probes: {startup: {failureThreshold: 120}}
                podAnnotations: {team: tides}
                podLabels: {team: tides}
                nodeSelector: {disk: ssd}
                tolerations: [{key: gpu, operator: Exists, effect: NoSchedule}]
                affinity:
                  nodeAffinity:
                    requiredDuringSchedulingIgnoredDuringExecution:
                      nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}]
                """);

        assertThat(chart.container().getImage()).isEqualTo("registry.example/tidegate:1.2.3");
        assertThat(env(chart))
                .containsEntry("TIDEGATE_ENGINE", "nd4j")
                .containsEntry("JDK_JAVA_OPTIONS", "-XX:MaxRAMPercentage=40")
                .containsEntry("SPRING_APPLICATION_JSON", """
                        {"tidegate.limits.max-body":67108864,"tidegate.roles":"serve"}""")
                .containsKey("TOKEN");
        assertThat(chart.service().getMetadata().getName()).isEqualTo("gate");
        assertThat(ports(chart.service())).containsExactly("http 80 -> http", "grpc 81 -> grpc");
        assertThat(chart.pod().getServiceAccountName())
                .isEqualTo(chart.account().getMetadata().getName())
                .isEqualTo("gatekeeper");
        assertThat(chart.claim().getSpec().getStorageClassName()).isEmpty();
        assertThat(chart.claim().getMetadata().getAnnotations()).isNullOrEmpty();
        assertThat(chart.container().getStartupProbe().getFailureThreshold()).isEqualTo(120);
        assertThat(chart.pod().getAffinity().getNodeAffinity()).isNotNull();
    }

    @Test
    void thePodHasNoRightsItDoesNotNeed() throws IOException {
        Rendered chart = render("");

        assertThat(chart.pod().getSecurityContext()).satisfies(pod -> {
            assertThat(pod.getRunAsNonRoot()).isTrue();
            assertThat(pod.getRunAsUser()).isEqualTo(10001);
            assertThat(pod.getFsGroup())
                    .as("the volume must be writable for that user")
                    .isEqualTo(10001);
            assertThat(pod.getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        });
        assertThat(chart.container().getSecurityContext()).satisfies(container -> {
            assertThat(container.getReadOnlyRootFilesystem()).isTrue();
            assertThat(container.getAllowPrivilegeEscalation()).isFalse();
            assertThat(container.getPrivileged()).isNull();
            assertThat(container.getCapabilities().getDrop()).containsExactly("ALL");
            assertThat(container.getCapabilities().getAdd()).isNullOrEmpty();
        });
        assertThat(chart.pod().getAutomountServiceAccountToken()).isFalse();
        assertThat(chart.account().getAutomountServiceAccountToken()).isFalse();
    }

    @Test
    void onlyDataAndTmpAreWritable() throws IOException {
        Rendered chart = render("");

        assertThat(chart.container().getVolumeMounts())
                .extracting(mount -> mount.getName() + " " + mount.getMountPath())
                .containsExactlyInAnyOrder("data /data", "tmp /tmp");
        assertThat(volume(chart, "tmp").getEmptyDir().getSizeLimit().toSuffixedString())
                .isEqualTo("1Gi");
        assertThat(volume(chart, "data").getPersistentVolumeClaim().getClaimName())
                .isEqualTo(chart.claim().getMetadata().getName());
    }

    @Test
    void everyVariableOfThePodReachesTheProperty() throws IOException {
        Map<String, Object> env = new LinkedHashMap<>(env(render("engine: reference")));
        var properties = new Binder(
                ConfigurationPropertySources.from(new SystemEnvironmentPropertySource("systemEnvironment", env)));

        assertThat(properties.bind("server.address", String.class).get()).isEqualTo("0.0.0.0");
        assertThat(properties
                        .bind("tidegate.security.allow-open-network", Boolean.class)
                        .get())
                .isTrue();
        assertThat(properties.bind("tidegate.data-dir", String.class).get()).isEqualTo("/data");
        assertThat(properties.bind("tidegate.engine", String.class).get()).isEqualTo("reference");
    }

    @Test
    void kubernetesAddsNoVariablesOfItsOwnThatTheServiceWouldReadAsSettings() throws IOException {
        assertThat(render("").pod().getEnableServiceLinks()).isFalse();
    }

    @Test
    void theProbesAskTheHealthGroupsMadeForThem() throws IOException {
        V1Container container = render("").container();

        assertThat(container.getStartupProbe().getHttpGet().getPath()).isEqualTo("/actuator/health/liveness");
        assertThat(container.getLivenessProbe().getHttpGet().getPath()).isEqualTo("/actuator/health/liveness");
        assertThat(container.getReadinessProbe().getHttpGet().getPath()).isEqualTo("/actuator/health/readiness");
    }

    @Test
    void prometheusIsPointedAtThePodUnlessToldNotTo() throws IOException {
        assertThat(render("").deployment().getSpec().getTemplate().getMetadata().getAnnotations())
                .containsEntry("prometheus.io/path", "/actuator/prometheus")
                .containsEntry("prometheus.io/port", "8080");
        assertThat(render("metrics: {scrape: false}")
                        .deployment()
                        .getSpec()
                        .getTemplate()
                        .getMetadata()
                        .getAnnotations())
                .isNullOrEmpty();
    }

    @Test
    void theOldPodLetsGoOfTheVolumeBeforeTheNewOneStarts() throws IOException {
        assertThat(render("").deployment().getSpec().getStrategy().getType()).isEqualTo("Recreate");
        assertThat(render("persistence: {enabled: false}")
                        .deployment()
                        .getSpec()
                        .getStrategy()
                        .getType())
                .isEqualTo("RollingUpdate");
    }

    @Test
    void uninstallingTheReleaseKeepsTheModels() throws IOException {
        assertThat(render("").claim().getMetadata().getAnnotations()).containsEntry("helm.sh/resource-policy", "keep");
    }

    @Test
    void withoutPersistenceTheDataGoesToAnEmptyDir() throws IOException {
        Rendered chart = render("persistence: {enabled: false}");

        assertThat(chart.objects()).doesNotContainKey("PersistentVolumeClaim");
        assertThat(volume(chart, "data").getEmptyDir()).isNotNull();
        assertThat(volume(chart, "data").getPersistentVolumeClaim()).isNull();
    }

    @Test
    void anExistingClaimIsUsedAndNoneIsCreated() throws IOException {
        Rendered chart = render("persistence: {existingClaim: models}");

        assertThat(chart.objects()).doesNotContainKey("PersistentVolumeClaim");
        assertThat(volume(chart, "data").getPersistentVolumeClaim().getClaimName())
                .isEqualTo("models");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            replicas: 0                                     | minimum: got 0, want 1
            replicas: 2                                     | Set replicas to 1
            replica: 1                                      | additional properties 'replica' not allowed
            image: {repo: x}                                | additional properties 'repo' not allowed
            engine: gpu                                     | value must be one of 'auto', 'fused', 'nd4j', 'reference'
            service: {port: 70000}                          | maximum: got 70,000, want 65,535
            service: {grpcPort: 0}                          | minimum: got 0, want 1
            service: {port: 9090}                           | port and grpcPort are both 9090
            service: {type: ExternalName}                   | value must be one of 'ClusterIP', 'NodePort', 'LoadBalancer'
            persistence: {size: lots}                       | 'lots' does not match pattern
            terminationGracePeriodSeconds: -1               | minimum: got -1, want 0
            probes: {liveness: {periodSeconds: 0}}          | minimum: got 0, want 1
            extraEnv: [{value: x}]                          | missing property 'name'
            config: {tidegate.engine: nd4j}                 | config: tidegate.engine is set by the chart itself: use the value engine
            config: {spring.grpc.server.port: 9091}         | use the value service.grpcPort
            config: {server.address: 127.0.0.1}             | config: server.address is set by the chart itself
            config: {tidegate.limits: {max-body: 1MB}}      | at '/config/tidegate.limits': got object
            """)
    void aBadValueIsRefusedWithAMessageThatSaysWhatIsWrong(String values, String message) {
        assertThatThrownBy(() -> render(values)).hasMessageContaining(message);
    }

    @Test
    void theNotesSayWhatAnOpenNetworkMeans() throws IOException {
        assertThat(notes(""))
                .contains("port-forward service/rel-tidegate 8080:8080")
                .containsPattern("for gRPC\\s+rel-tidegate\\.[a-z]*:9090")
                .contains("no authentication")
                .contains("Keep it on a private network")
                .doesNotContain("OUTSIDE");
        assertThat(notes("service: {type: LoadBalancer}")).contains("reachable from OUTSIDE the cluster");
        assertThat(notes("security: {allowOpenNetwork: false}")).contains("the pod will refuse to start");
    }

    private String notes(String values) throws IOException {
        return new Helm(CHART)
                .install()
                .clientOnly()
                .dryRun()
                .withName("rel")
                .withValuesFile(valuesFile(values))
                .call()
                .getOutput();
    }

    private Rendered render(String values) throws IOException {
        String text = new Helm(CHART)
                .template()
                .withName("rel")
                .withValuesFile(valuesFile(values))
                .call();
        Map<String, JsonElement> objects = new LinkedHashMap<>();
        for (Object object : yaml().loadAll(text)) {
            JsonElement json = JSON.getGson().toJsonTree(object);
            objects.put(json.getAsJsonObject().get("kind").getAsString(), json);
        }
        return new Rendered(objects);
    }

    private Path valuesFile(String values) throws IOException {
        return Files.writeString(scratch.resolve("values.yaml"), values);
    }

    private static Yaml yaml() {
        return new Yaml(new SafeConstructor(new LoaderOptions()));
    }

    /** What the pod's variables are; one that comes from elsewhere has an empty value here. */
    private static Map<String, String> env(Rendered chart) throws IOException {
        return chart.container().getEnv().stream()
                .collect(Collectors.toMap(
                        V1EnvVar::getName, variable -> variable.getValue() == null ? "" : variable.getValue()));
    }

    private static V1Volume volume(Rendered chart, String name) throws IOException {
        return chart.pod().getVolumes().stream()
                .filter(volume -> volume.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /**
     * The rendered objects by kind. Reading one refuses unknown fields and missing ones ({@code validateJsonElement}) as well
     * as values of a wrong type ({@code fromJson}).
     */
    private record Rendered(Map<String, JsonElement> objects) {
        V1Deployment deployment() throws IOException {
            V1Deployment.validateJsonElement(objects.get("Deployment"));
            return V1Deployment.fromJson(objects.get("Deployment").toString());
        }

        V1Service service() throws IOException {
            V1Service.validateJsonElement(objects.get("Service"));
            return V1Service.fromJson(objects.get("Service").toString());
        }

        V1ServiceAccount account() throws IOException {
            V1ServiceAccount.validateJsonElement(objects.get("ServiceAccount"));
            return V1ServiceAccount.fromJson(objects.get("ServiceAccount").toString());
        }

        V1PersistentVolumeClaim claim() throws IOException {
            V1PersistentVolumeClaim.validateJsonElement(objects.get("PersistentVolumeClaim"));
            return V1PersistentVolumeClaim.fromJson(
                    objects.get("PersistentVolumeClaim").toString());
        }

        V1PodSpec pod() throws IOException {
            return deployment().getSpec().getTemplate().getSpec();
        }

        V1Container container() throws IOException {
            return pod().getContainers().getFirst();
        }
    }
}
