package io.tidegate.oip.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import inference.GrpcPredictV2.InferTensorContents;
import inference.GrpcPredictV2.ModelInferRequest;
import inference.GrpcPredictV2.ModelInferResponse;
import inference.GrpcPredictV2.ModelMetadataRequest;
import inference.GrpcPredictV2.ModelMetadataResponse;
import inference.GrpcPredictV2.ModelReadyRequest;
import inference.GrpcPredictV2.ModelReadyResponse;
import inference.GrpcPredictV2.ServerLiveResponse;
import inference.GrpcPredictV2.ServerMetadataResponse;
import inference.GrpcPredictV2.ServerReadyResponse;
import java.util.List;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.component.kserve.KServeComponent;
import org.apache.camel.component.kserve.KServeConstants;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Apache Camel's KServe component, with its own description of the protocol, against the server. */
class CamelKServeTest extends GrpcServer {

    private CamelContext camel;

    @BeforeEach
    void startCamel() {
        camel = new DefaultCamelContext();
        KServeComponent component = new KServeComponent();
        component.getConfiguration().setCredentials(io.grpc.InsecureChannelCredentials.create());
        camel.addComponent("kserve", component);
        camel.start();
    }

    @AfterEach
    void stopCamel() {
        camel.stop();
    }

    private <T> T call(String api, Object body, Map<String, Object> headers, Class<T> answer) {
        return camel.createProducerTemplate()
                .requestBodyAndHeaders(
                        "kserve:" + api + "?target=127.0.0.1:" + server.getPort(), body, headers, answer);
    }

    @Test
    void itAsksWhatTheServerIs() {
        assertThat(call("server/live", null, Map.of(), ServerLiveResponse.class).getLive())
                .isTrue();
        assertThat(call("server/ready", null, Map.of(), ServerReadyResponse.class)
                        .getReady())
                .isTrue();
        assertThat(call("server/metadata", null, Map.of(), ServerMetadataResponse.class)
                        .getName())
                .isEqualTo("tidegate");
    }

    @Test
    void itAsksWhatAModelIs() {
        Map<String, Object> headers =
                Map.of(KServeConstants.MODEL_NAME, CLASSIFIER, KServeConstants.MODEL_VERSION, "1");
        assertThat(call("model/ready", ModelReadyRequest.getDefaultInstance(), headers, ModelReadyResponse.class)
                        .getReady())
                .isTrue();
        ModelMetadataResponse metadata =
                call("model/metadata", ModelMetadataRequest.getDefaultInstance(), headers, ModelMetadataResponse.class);
        assertThat(metadata.getName()).isEqualTo(CLASSIFIER);
        assertThat(metadata.getInputs(0).getDatatype()).isEqualTo("FP32");
        assertThat(metadata.getInputs(0).getShapeList()).containsExactly(-1L, -1L, 2L);
    }

    @Test
    void itInfers() {
        ModelInferRequest request = ModelInferRequest.newBuilder()
                .setId("camel-1")
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("input")
                        .setDatatype("FP32")
                        .addAllShape(List.of(1L, 2L, 2L))
                        .setContents(InferTensorContents.newBuilder()
                                .addFp32Contents(1)
                                .addFp32Contents(2)
                                .addFp32Contents(3)
                                .addFp32Contents(4)))
                .build();
        ModelInferResponse answer =
                call("infer", request, Map.of(KServeConstants.MODEL_NAME, CLASSIFIER), ModelInferResponse.class);

        ByteString expected =
                stub().modelInfer(raw(List.of(1L, 2L, 2L), 1, 2, 3, 4).build()).getRawOutputContents(0);
        assertThat(answer.getId()).isEqualTo("camel-1");
        assertThat(answer.getOutputs(0).getName()).isEqualTo("probabilities");
        assertThat(answer.getRawOutputContents(0)).isEqualTo(expected);
        assertThatThrownBy(() ->
                        call("infer", request, Map.of(KServeConstants.MODEL_NAME, "nobody"), ModelInferResponse.class))
                .rootCause()
                .hasMessageContaining("Request for unknown model: 'nobody' is not found");
    }
}
