package io.tidegate.checkpoint;

import static io.tidegate.checkpoint.Problems.quoted;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The public safetensors format: a header's length in 8 bytes, a JSON header, and the tensors' values, all little-endian. Whatever
 * is read is checked whole before a byte is believed; a file that breaks the format, or holds a NaN or an infinity, is refused with
 * a {@link CheckpointException} whose message names the tensor.
 *
 * <p>What is written has no metadata and its tensors in name order, so that its bytes depend on the tensors alone.
 */
public final class Safetensors {

    /** Where in {@code model.json} a problem of the weights file is noted. */
    static final String POINTER = "/weights";

    private static final int BUFFER = 1 << 16;

    private final MemorySegment data;
    private final SortedMap<String, SafetensorsHeader.Entry> tensors;

    private Safetensors(SafetensorsHeader header, MemorySegment file) {
        this.tensors = header.tensors();
        this.data = file.asSlice(header.dataAt());
    }

    /** The tensors by name, in its order. */
    public static SortedMap<String, Tensor> read(byte[] file) {
        return over(MemorySegment.ofArray(file)).all();
    }

    /** The tensors by name, in its order. Nobody may change the file meanwhile. */
    public static SortedMap<String, Tensor> read(Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return over(map(file, arena)).all();
        }
    }

    /**
     * Opens a file whose tensors are read one by one. Its header is checked now, a tensor's values when they are read.
     *
     * @param arena keeps the file mapped; nobody may change the file meanwhile
     */
    public static Safetensors open(Path file, Arena arena) throws IOException {
        return over(map(file, arena));
    }

    /** The tensors' shapes by name, in its order. */
    public SortedMap<String, List<Integer>> shapes() {
        SortedMap<String, List<Integer>> shapes = new TreeMap<>();
        tensors.forEach((name, entry) -> shapes.put(name, entry.shape()));
        return shapes;
    }

    static MemorySegment map(Path file, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        }
    }

    /** The file's tensors, with their header checked and their values not yet looked at. */
    static Safetensors over(MemorySegment file) {
        return new Safetensors(SafetensorsHeader.read(file), file);
    }

    SortedMap<String, SafetensorsHeader.Entry> tensors() {
        return tensors;
    }

    private SortedMap<String, Tensor> all() {
        SortedMap<String, Tensor> all = new TreeMap<>();
        tensors.forEach((name, entry) -> all.put(name, new Tensor(entry.shape(), values(entry))));
        return all;
    }

    /** A tensor's values, each finite. */
    public double[] values(String name) {
        return values(Objects.requireNonNull(tensors.get(name), name));
    }

    /** One tensor's values, each finite. */
    private double[] values(SafetensorsHeader.Entry entry) {
        Dtype dtype = entry.dtype();
        double[] values = new double[entry.size()];
        long at = entry.begin();
        for (int k = 0; k < values.length; k++, at += dtype.bytes()) {
            values[k] = dtype.get(data, at);
            if (!Double.isFinite(values[k])) {
                throw refused("tensor " + quoted(entry.name()) + ": expected finite numbers, got " + values[k] + " at "
                        + Tensor.place(entry.shape(), k));
            }
        }
        return values;
    }

    /** A file of these tensors, each number rounded to the nearest F32. */
    public static byte[] toBytes(Map<String, Tensor> tensors) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            write(tensors, Dtype.F32, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * @param dtype F32 or F64: each number is rounded to the nearest
     * @throws CheckpointException before a byte is written, where a number is not finite or too large
     */
    public static void write(Map<String, Tensor> tensors, Dtype dtype, OutputStream out) throws IOException {
        if (dtype != Dtype.F32 && dtype != Dtype.F64) {
            throw new IllegalArgumentException("write safetensors: expected F32 or F64, got " + dtype);
        }
        SortedMap<String, Tensor> sorted = new TreeMap<>(tensors);
        checkFits(sorted, dtype);
        out.write(header(sorted, dtype));
        for (Tensor tensor : sorted.values()) {
            write(tensor.values(), dtype, out);
        }
    }

    /** Refuses numbers that aren't finite, or wouldn't be. */
    static void checkFits(SortedMap<String, Tensor> tensors, Dtype dtype) {
        tensors.forEach((name, tensor) -> checkFits(name, tensor, dtype));
    }

    private static void checkFits(String name, Tensor tensor, Dtype dtype) {
        for (int k = 0; k < tensor.values().length; k++) {
            double value = tensor.values()[k];
            if (!Double.isFinite(dtype == Dtype.F32 ? (float) value : value)) {
                throw refused("tensor " + quoted(name) + ": expected finite numbers that fit " + dtype + ", got "
                        + value + " at " + Tensor.place(tensor.shape(), k));
            }
        }
    }

    /** The length and the header, with spaces up to a multiple of 8 bytes, as the reference implementation pads it. */
    private static byte[] header(SortedMap<String, Tensor> tensors, Dtype dtype) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        long end = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            ObjectNode tensor = json.putObject(entry.getKey());
            tensor.put("dtype", dtype.name());
            entry.getValue().shape().forEach(tensor.putArray("shape")::add);
            long begin = end;
            end += (long) entry.getValue().values().length * dtype.bytes();
            tensor.putArray("data_offsets").add(begin).add(end);
        }
        byte[] text = StrictJson.compact(json);
        int length = Math.ceilDiv(text.length, 8) * 8;
        ByteBuffer header = ByteBuffer.allocate(Long.BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(length).put(text);
        Arrays.fill(header.array(), header.position(), header.capacity(), (byte) ' ');
        return header.array();
    }

    private static void write(double[] values, Dtype dtype, OutputStream out) throws IOException {
        int size = (int) Math.min(BUFFER, (long) values.length * dtype.bytes());
        ByteBuffer buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            if (dtype == Dtype.F32) {
                buffer.putFloat((float) value);
            } else {
                buffer.putDouble(value);
            }
            if (!buffer.hasRemaining()) {
                out.write(buffer.array());
                buffer.clear();
            }
        }
        out.write(buffer.array(), 0, buffer.position());
    }

    static CheckpointException refused(String message) {
        return new CheckpointException(POINTER, "weights file: " + message);
    }
}
