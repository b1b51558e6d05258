package io.tidegate.benchmark;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.tidegate.core.cell.CellType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/**
 * The peer over HTTP: the controller that one would write around ONNX Runtime, with Tidegate's web server and its settings. Jackson
 * binds the request, a session on one thread, taken from a pool, runs the recurrent layer on bound buffers, the head is computed here. Arguments: cell,
 * hidden size, features and steps.
 */
@SpringBootConfiguration
@EnableAutoConfiguration(
        excludeName = {
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
            "org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration"
        })
@Import(OnnxServer.Controller.class)
public class OnnxServer {

    /** What both servers serve. */
    static final String MODEL = "bench";

    static final int LABELS = 10;

    public static void main(String[] arguments) {
        SpringApplication.run(OnnxServer.class, arguments);
    }

    @Bean
    Predictor predictor(org.springframework.core.env.Environment environment) {
        return new Predictor(
                Recurrent.of(
                        CellType.of(environment.getRequiredProperty("bench.cell")),
                        environment.getRequiredProperty("bench.hidden", Integer.class),
                        environment.getRequiredProperty("bench.features", Integer.class),
                        LABELS),
                environment.getRequiredProperty("bench.steps", Integer.class));
    }

    record Request(float[][][] sequences) {}

    record Classification(String label, Map<String, Double> scores) {}

    record Response(String model, int version, List<Classification> predictions) {}

    @RestController
    static final class Controller {

        private final Predictor predictor;

        Controller(Predictor predictor) {
            this.predictor = predictor;
        }

        @PostMapping("/predict")
        Response predict(@RequestBody Request request) throws OrtException {
            return new Response(MODEL, 1, List.of(predictor.predict(request.sequences()[0])));
        }

        /** What the web server and Spring take by themselves: reads the body, understands nothing of it. */
        @PostMapping("/constant")
        Response constant(InputStream body) throws IOException {
            body.readAllBytes();
            return new Response(MODEL, 1, List.of(new Classification("0", Map.of("0", 1.0))));
        }
    }

    /** One sequence of a fixed number of steps. Runs at the same time have sessions of their own: they would wait for one's allocator. */
    static final class Predictor {

        private record Run(
                OrtSession session,
                FloatBuffer x,
                FloatBuffer y,
                Map<String, OnnxTensor> in,
                Map<String, OnnxTensor> out) {}

        private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
        private final Queue<Run> idle = new ConcurrentLinkedQueue<>();
        private final Recurrent layer;
        private final int steps;
        private final float[] head, bias;

        Predictor(Recurrent layer, int steps) {
            this.layer = layer;
            this.steps = steps;
            this.head = layer.floats("head.weight");
            this.bias = layer.floats("head.bias");
        }

        Classification predict(float[][] sequence) throws OrtException {
            Run idleOne = idle.poll();
            Run run = idleOne == null ? newRun() : idleOne;
            run.x.rewind();
            for (float[] step : sequence) {
                run.x.put(step);
            }
            run.session.run(run.in, Set.of(), run.out).close();
            double[] p = probabilities(run.y);
            idle.add(run);
            Map<String, Double> scores = LinkedHashMap.newLinkedHashMap(p.length);
            int best = 0;
            for (int k = 0; k < p.length; k++) {
                scores.put(Integer.toString(k), p[k]);
                best = p[k] > p[best] ? k : best;
            }
            return new Classification(Integer.toString(best), scores);
        }

        private double[] probabilities(FloatBuffer y) {
            int hidden = layer.hiddenSize(), last = (steps - 1) * hidden;
            double[] p = new double[LABELS];
            double most = Double.NEGATIVE_INFINITY, sum = 0;
            for (int k = 0; k < LABELS; k++) {
                float logit = bias[k];
                for (int j = 0; j < hidden; j++) {
                    logit += head[k * hidden + j] * y.get(last + j);
                }
                p[k] = logit;
                most = Math.max(most, logit);
            }
            for (int k = 0; k < LABELS; k++) {
                p[k] = Math.exp(p[k] - most);
                sum += p[k];
            }
            for (int k = 0; k < LABELS; k++) {
                p[k] /= sum;
            }
            return p;
        }

        private Run newRun() throws OrtException {
            int hidden = layer.hiddenSize(), features = layer.inputSize();
            boolean scan = layer.cell() == CellType.WM;
            FloatBuffer x = floats(steps * features), y = floats(steps * hidden);
            Map<String, OnnxTensor> in = new LinkedHashMap<>();
            in.put("X", OnnxTensor.createTensor(environment, x, new long[] {steps, 1, features}));
            if (scan) {
                in.put("h0", OnnxTensor.createTensor(environment, floats(hidden), new long[] {1, hidden}));
                in.put("c0", OnnxTensor.createTensor(environment, floats(hidden), new long[] {1, hidden}));
            }
            long[] shape = scan ? new long[] {steps, 1, hidden} : new long[] {steps, 1, 1, hidden};
            return new Run(session(), x, y, in, Map.of("Y", OnnxTensor.createTensor(environment, y, shape)));
        }

        private OrtSession session() throws OrtException {
            OrtSession.SessionOptions options = new OrtSession.SessionOptions();
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            return environment.createSession(
                    layer.cell() == CellType.WM ? OnnxModel.workingMemory(layer) : OnnxModel.lstm(layer), options);
        }

        private static FloatBuffer floats(int count) {
            return ByteBuffer.allocateDirect(Float.BYTES * count)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
        }
    }
}
