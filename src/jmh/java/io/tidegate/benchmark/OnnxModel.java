package io.tidegate.benchmark;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes the few parts of the ONNX format that the peers' graphs need: protocol buffers, field by field, as onnx.proto numbers them. */
final class OnnxModel {

    private static final int FLOAT = 1, INT64 = 7;
    private static final int IR_VERSION = 7, OPSET = 14;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private OnnxModel() {}

    // --- Wire format

    private OnnxModel varint(long value) {
        long rest = value;
        for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
            bytes.write((int) (rest & 0x7f | 0x80));
        }
        bytes.write((int) rest);
        return this;
    }

    private OnnxModel number(int field, long value) {
        return varint((long) field << 3).varint(value);
    }

    private OnnxModel bytes(int field, byte[] value) {
        varint((long) field << 3 | 2).varint(value.length);
        bytes.writeBytes(value);
        return this;
    }

    private OnnxModel text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    private OnnxModel message(int field, OnnxModel value) {
        return bytes(field, value.bytes.toByteArray());
    }

    // --- Messages

    /** A dimension below 0 is one that the run chooses. */
    private static OnnxModel value(String name, long... shape) {
        OnnxModel dimensions = new OnnxModel();
        for (long size : shape) {
            dimensions.message(1, size < 0 ? new OnnxModel().text(2, "d" + -size) : new OnnxModel().number(1, size));
        }
        OnnxModel tensor = new OnnxModel().number(1, FLOAT).message(2, dimensions);
        return new OnnxModel().text(1, name).message(2, new OnnxModel().message(1, tensor));
    }

    private static OnnxModel floats(String name, float[] values, long... shape) {
        ByteBuffer raw = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        return tensor(name, FLOAT, raw, shape);
    }

    private static OnnxModel longs(String name, long... values) {
        ByteBuffer raw = ByteBuffer.allocate(Long.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asLongBuffer().put(values);
        return tensor(name, INT64, raw, values.length);
    }

    private static OnnxModel tensor(String name, int type, ByteBuffer raw, long... shape) {
        OnnxModel tensor = new OnnxModel();
        for (long size : shape) {
            tensor.number(1, size);
        }
        return tensor.number(2, type).text(8, name).bytes(9, raw.array());
    }

    private static OnnxModel node(String operator, List<String> inputs, List<String> outputs, OnnxModel... attributes) {
        OnnxModel node = new OnnxModel();
        inputs.forEach(input -> node.text(1, input));
        outputs.forEach(output -> node.text(2, output));
        node.text(4, operator);
        for (OnnxModel attribute : attributes) {
            node.message(5, attribute);
        }
        return node;
    }

    private static OnnxModel integer(String name, long value) {
        return new OnnxModel().text(1, name).number(3, value).number(20, 2);
    }

    private static OnnxModel subgraph(String name, OnnxModel graph) {
        return new OnnxModel().text(1, name).message(6, graph).number(20, 5);
    }

    private static OnnxModel graph(
            List<OnnxModel> nodes, List<OnnxModel> weights, List<OnnxModel> inputs, List<OnnxModel> outputs) {
        OnnxModel graph = new OnnxModel();
        nodes.forEach(node -> graph.message(1, node));
        graph.text(2, "graph");
        weights.forEach(weight -> graph.message(5, weight));
        inputs.forEach(input -> graph.message(11, input));
        outputs.forEach(output -> graph.message(12, output));
        return graph;
    }

    private static byte[] model(OnnxModel graph) {
        return new OnnxModel()
                .number(1, IR_VERSION)
                .message(7, graph)
                .message(8, new OnnxModel().text(1, "").number(2, OPSET))
                .bytes
                .toByteArray();
    }

    // --- The peers' graphs; X [steps, batch, D] → Y

    /** The LSTM operator. Its gates are in the order i, o, f, g, and it takes both of PyTorch's biases. */
    static byte[] lstm(Recurrent layer) {
        int H = layer.hiddenSize(), D = layer.inputSize();
        List<OnnxModel> weights = new java.util.ArrayList<>(List.of(
                floats("W", layer.gates("weight_ih_l0", D, "iofg"), 1, 4L * H, D),
                floats("R", layer.gates("weight_hh_l0", H, "iofg"), 1, 4L * H, H),
                floats("B", java.util.Arrays.copyOf(layer.gates("bias_l0", 1, "iofg"), 8 * H), 1, 8L * H)));
        List<String> inputs = new java.util.ArrayList<>(List.of("X", "W", "R", "B", "", "", ""));
        if (layer.peephole()) {
            inputs.add("P");
            weights.add(floats("P", layer.peepholes(), 1, 3L * H));
        }
        OnnxModel node = node("LSTM", inputs, List.of("Y"), integer("hidden_size", H));
        return model(graph(List.of(node), weights, List.of(value("X", -1, -2, D)), List.of(value("Y", -1, 1, -2, H))));
    }

    /** Working Memory Connections by Scan: the input's part in one product before it, one product for what sees the same thing. */
    static byte[] workingMemory(Recurrent layer) {
        int H = layer.hiddenSize(), D = layer.inputSize();
        List<OnnxModel> weights = List.of(
                floats("Wx", layer.transposed("weight_ih_l0", 0, 4 * H, D), D, 4L * H),
                floats("b", layer.gates("bias_l0", 1, "ifgo"), 4L * H),
                floats("Wh", layer.transposed("weight_hh_l0", 0, 4 * H, H), H, 4L * H),
                floats("Wif", layer.transposed("weight_ch_l0", 0, 2 * H, H), H, 2L * H),
                floats("Wo", layer.transposed("weight_ch_l0", 2 * H, H, H), H, H),
                longs("four", H, H, H, H),
                longs("two", H, H));
        OnnxModel axis = integer("axis", 1);
        List<OnnxModel> body = List.of(
                node("MatMul", List.of("h", "Wh"), List.of("hh")),
                node("Add", List.of("x", "hh"), List.of("a")),
                node("Split", List.of("a", "four"), List.of("ai", "af", "ag", "ao"), axis),
                node("MatMul", List.of("c", "Wif"), List.of("pif")),
                node("Tanh", List.of("pif"), List.of("mif")),
                node("Split", List.of("mif", "two"), List.of("mi", "mf"), axis),
                node("Add", List.of("ai", "mi"), List.of("zi")),
                node("Sigmoid", List.of("zi"), List.of("i")),
                node("Add", List.of("af", "mf"), List.of("zf")),
                node("Sigmoid", List.of("zf"), List.of("f")),
                node("Tanh", List.of("ag"), List.of("g")),
                node("Mul", List.of("f", "c"), List.of("fc")),
                node("Mul", List.of("i", "g"), List.of("ig")),
                node("Add", List.of("fc", "ig"), List.of("cn")),
                node("MatMul", List.of("cn", "Wo"), List.of("po")),
                node("Tanh", List.of("po"), List.of("mo")),
                node("Add", List.of("ao", "mo"), List.of("zo")),
                node("Sigmoid", List.of("zo"), List.of("o")),
                node("Tanh", List.of("cn"), List.of("tc")),
                node("Mul", List.of("o", "tc"), List.of("hn")),
                node("Identity", List.of("hn"), List.of("y")));
        OnnxModel step = graph(
                body,
                List.of(),
                List.of(value("h", -2, H), value("c", -2, H), value("x", -2, 4L * H)),
                List.of(value("hn", -2, H), value("cn", -2, H), value("y", -2, H)));
        List<OnnxModel> nodes = List.of(
                node("MatMul", List.of("X", "Wx"), List.of("xp")),
                node("Add", List.of("xp", "b"), List.of("xs")),
                node(
                        "Scan",
                        List.of("h0", "c0", "xs"),
                        List.of("hT", "cT", "Y"),
                        integer("num_scan_inputs", 1),
                        subgraph("body", step)));
        return model(graph(
                nodes,
                weights,
                List.of(value("X", -1, -2, D), value("h0", -2, H), value("c0", -2, H)),
                List.of(value("Y", -1, -2, H))));
    }
}
