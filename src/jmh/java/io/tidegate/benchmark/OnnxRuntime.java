package io.tidegate.benchmark;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.tidegate.core.cell.CellType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** ONNX Runtime's CPU provider on buffers that are bound once: its LSTM operator, or a Scan for working memory. */
final class OnnxRuntime implements Contender {

    private final OrtSession session;
    private final Map<String, OnnxTensor> inputs = new HashMap<>();
    private final Map<String, OnnxTensor> outputs = new HashMap<>();
    private final FloatBuffer y;
    private final int steps, batch, hidden;

    OnnxRuntime(Recurrent layer, int batch, int steps, float[] x, int threads) {
        this.steps = steps;
        this.batch = batch;
        this.hidden = layer.hiddenSize();
        boolean scan = layer.cell() == CellType.WM;
        try {
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            OrtSession.SessionOptions options = new OrtSession.SessionOptions();
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            session = environment.createSession(scan ? OnnxModel.workingMemory(layer) : OnnxModel.lstm(layer), options);
            FloatBuffer in = floats(x.length);
            in.put(timeMajor(x, batch, steps, layer.inputSize())).rewind();
            y = floats(batch * steps * hidden);
            inputs.put("X", OnnxTensor.createTensor(environment, in, new long[] {steps, batch, layer.inputSize()}));
            if (scan) {
                long[] shape = {batch, hidden};
                inputs.put("h0", OnnxTensor.createTensor(environment, floats(batch * hidden), shape));
                inputs.put("c0", OnnxTensor.createTensor(environment, floats(batch * hidden), shape));
            }
            long[] shape = scan ? new long[] {steps, batch, hidden} : new long[] {steps, 1, batch, hidden};
            outputs.put("Y", OnnxTensor.createTensor(environment, y, shape));
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    private static FloatBuffer floats(int count) {
        return ByteBuffer.allocateDirect(Float.BYTES * count)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    static float[] timeMajor(float[] x, int batch, int steps, int size) {
        float[] moved = new float[x.length];
        for (int b = 0; b < batch; b++) {
            for (int t = 0; t < steps; t++) {
                System.arraycopy(x, (b * steps + t) * size, moved, (t * batch + b) * size, size);
            }
        }
        return moved;
    }

    @Override
    public String name() {
        return "onnxruntime";
    }

    @Override
    public void run() {
        try {
            session.run(inputs, Set.of(), outputs).close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public float[] hidden() {
        float[] values = new float[batch * steps * hidden];
        y.rewind().get(values);
        return timeMajor(values, steps, batch, hidden);
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
        inputs.values().forEach(OnnxTensor::close);
        outputs.values().forEach(OnnxTensor::close);
    }
}
