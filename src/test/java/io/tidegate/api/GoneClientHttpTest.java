package io.tidegate.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Provenance;
import io.tidegate.core.caption.DecoderType;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.inference.Caller;
import io.tidegate.inference.Captioner;
import io.tidegate.inference.RefusedException;
import io.tidegate.inference.RequestInput;
import io.tidegate.registry.Lease;
import io.tidegate.registry.ModelRef;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.testkit.ServiceTest;
import io.tidegate.testkit.Uploads;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import tools.jackson.databind.JsonNode;

/** Clients that close their connection while their request runs, which would take a minute. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT, properties = "tidegate.engine=reference")
class GoneClientHttpTest extends ServiceTest {

    private static final String MODEL = "slow-letters";
    private static final int STEPS = 1_000_000;

    @Autowired
    ModelRegistry registry;

    @Autowired
    Captioner captioner;

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/models/slow-letters/predict", "/v2/models/slow-letters/infer"})
    void aRequestWhoseClientHasGoneEndsAfterItsSlice(String path) throws Exception {
        publish();
        JsonNode before = counted();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), uri("").getPort())) {
            String text = "\"" + "ab".repeat(STEPS / 2) + "\"";
            String body = path.startsWith("/v2")
                    ? "{\"inputs\": [{\"name\": \"text\", \"shape\": [1], \"datatype\": \"BYTES\", \"data\": [" + text
                            + "]}]}"
                    : "{\"texts\": [" + text + "]}";
            String head = "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length() + "\r\n\r\n";
            socket.getOutputStream().write((head + body).getBytes(StandardCharsets.UTF_8));
            await("/execution_count", more(before, "/execution_count", 1));
        }
        await("/inference_stats/fail/count", more(before, "/inference_stats/fail/count", 1));
        assertThat(counted().at("/inference_stats/success/count"))
                .isEqualTo(before.at("/inference_stats/success/count"));
    }

    private void publish() {
        if (!registry.knows(MODEL)) {
            Uploads.Model model = Uploads.model(
                    new ModelDescriptor(
                            MODEL,
                            new ModelInput.Characters("ab"),
                            List.of(new LayerConfig(CellType.LSTM, 128, false)),
                            new ModelOutput.NextCharacter(),
                            null,
                            Provenance.NONE),
                    1);
            upload(MODEL, model.files().modelJson(), model.files().weights());
        }
    }

    private void upload(String name, byte[] modelJson, byte[] weights) {
        assertThat(send(Uploads.request(uri("/api/v1/models/" + name + "/versions"), modelJson, weights))
                        .statusCode())
                .isEqualTo(201);
    }

    private JsonNode counted() {
        return json(get("/v2/models/" + MODEL + "/stats")).at("/model_stats/0");
    }

    private static long more(JsonNode before, String pointer, long more) {
        return before.at(pointer).asLong() + more;
    }

    private void await(String pointer, long least) throws InterruptedException {
        long begin = System.nanoTime();
        while (counted().at(pointer).asLong() < least) {
            assertThat(System.nanoTime() - begin).as(pointer).isLessThan(TimeUnit.SECONDS.toNanos(10));
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    @Test
    void imagesAreNotLookedAtForOneWhoHasGone() throws IOException {
        Uploads.CaptionModel model = Uploads.captioner("unheard", DecoderType.SHOW_AND_TELL, CellType.LSTM, 1);
        upload("unheard", model.files().modelJson(), model.files().weights());
        RequestInput.Features images = new RequestInput.Features(new float[6], 3, new int[] {0, 1, 2});
        int[] looks = {0};
        try (Lease lease = registry.resolve(ModelRef.parse("unheard")).lease()) {
            assertThatThrownBy(() -> captioner.caption(
                            lease, images, Captioner.Options.STANDARD, Caller.until(() -> ++looks[0] > 1)))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("went away");
        }
    }
}
