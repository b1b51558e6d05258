package io.tidegate.oip;

import io.tidegate.inference.InvalidInputException;
import io.tidegate.platform.TidegateProperties.Limits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Tensors as the protocol writes them in binary: row-major, little-endian, without gaps; a text is its length in bytes as four
 * bytes, then its UTF-8.
 */
public final class RawTensors {

    private static final int LENGTH = Integer.BYTES; // of a text, before it

    private RawTensors() {}

    /** Integers of any width are kept as 64 bits, so that they take more memory than they did on the wire. */
    public static void requireRoom(String name, Datatype datatype, long elements, Limits limits) {
        long most = limits.maxWorkingSet().toBytes() / Long.BYTES;
        if (datatype.form() == Datatype.Form.INTEGER && elements > most) {
            throw new InvalidInputException(
                    "",
                    "input '" + name + "': expected at most " + most
                            + " integers (tidegate.limits.max-working-set), got " + elements);
        }
    }

    /**
     * Reads a tensor, whose bytes are copied once.
     *
     * @param name of the input, for messages
     * @param bytes from position to limit, all of which the tensor must fill; neither it nor its position is changed
     * @param elements that the tensor's shape has
     * @throws InvalidInputException for any other number of bytes than those elements take
     */
    public static TensorData decode(String name, Datatype datatype, ByteBuffer bytes, long elements) {
        ByteBuffer in = bytes.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
        if (datatype == Datatype.BYTES) {
            return texts(name, in, elements);
        }
        int count = requireSize(name, datatype, in, elements);
        return switch (datatype) {
            case FP32, FP64, FP16, BF16 -> new TensorData.Floats(floats(datatype, in, count));
            case BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64 ->
                new TensorData.Integers(integers(name, datatype, in, count));
            case BYTES -> throw new IllegalStateException("texts have no fixed width");
        };
    }

    private static int requireSize(String name, Datatype datatype, ByteBuffer in, long elements) {
        int width = width(datatype);
        // Compared in elements: what a shape claims, times a width, may be more than a long holds.
        if (in.remaining() % width != 0 || in.remaining() / width != elements) {
            throw size(
                    name,
                    elements + " elements of " + datatype + ", " + width + " bytes each",
                    in.remaining() + " bytes");
        }
        return (int) elements;
    }

    private static int width(Datatype datatype) {
        return switch (datatype) {
            case BOOL, UINT8, INT8 -> 1;
            case UINT16, INT16, FP16, BF16 -> 2;
            case UINT32, INT32, FP32 -> 4;
            case UINT64, INT64, FP64 -> 8;
            case BYTES -> throw new IllegalStateException("texts have no fixed width");
        };
    }

    private static float[] floats(Datatype datatype, ByteBuffer in, int count) {
        float[] values = new float[count];
        switch (datatype) {
            case FP32 -> in.asFloatBuffer().get(values);
            case FP64 -> {
                for (int k = 0; k < count; k++) {
                    values[k] = (float) in.getDouble();
                }
            }
            case FP16 -> {
                for (int k = 0; k < count; k++) {
                    values[k] = Float.float16ToFloat(in.getShort());
                }
            }
            case BF16 -> { // the upper half of an FP32
                for (int k = 0; k < count; k++) {
                    values[k] = Float.intBitsToFloat(in.getShort() << Short.SIZE);
                }
            }
            default -> throw new IllegalStateException(datatype + " has no fractions");
        }
        return values;
    }

    private static long[] integers(String name, Datatype datatype, ByteBuffer in, int count) {
        long[] values = new long[count];
        for (int k = 0; k < count; k++) {
            values[k] = switch (datatype) {
                case BOOL -> flag(name, in.get(), k);
                case UINT8 -> Byte.toUnsignedLong(in.get());
                case INT8 -> in.get();
                case UINT16 -> Short.toUnsignedLong(in.getShort());
                case INT16 -> in.getShort();
                case UINT32 -> Integer.toUnsignedLong(in.getInt());
                case INT32 -> in.getInt();
                case UINT64 -> saturated(in.getLong());
                case INT64 -> in.getLong();
                default -> throw new IllegalStateException(datatype + " is no integer");
            };
        }
        return values;
    }

    private static long flag(String name, byte value, int element) {
        if (value != 0 && value != 1) {
            throw new InvalidInputException(
                    "",
                    "input '" + name + "': expected 0 or 1 for BOOL, got " + Byte.toUnsignedInt(value) + " at element "
                            + element);
        }
        return value;
    }

    /** An unsigned number that a {@code long} can't hold, as the largest that it can: no model takes either. */
    private static long saturated(long unsigned) {
        return unsigned < 0 ? Long.MAX_VALUE : unsigned;
    }

    private static TensorData texts(String name, ByteBuffer in, long elements) {
        CharsetDecoder utf8 = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        List<String> texts = new ArrayList<>((int) Math.min(elements, in.remaining() / LENGTH));
        while (in.hasRemaining()) {
            if (texts.size() == elements) {
                throw size(name, elements + " texts", in.remaining() + " bytes more");
            }
            if (in.remaining() < LENGTH) {
                throw size(name, LENGTH + " bytes with the length of text " + texts.size(), in.remaining() + " bytes");
            }
            long length = Integer.toUnsignedLong(in.getInt());
            if (length > in.remaining()) {
                throw size(name, length + " bytes for the text at element " + texts.size(), in.remaining() + " bytes");
            }
            ByteBuffer text = in.slice(in.position(), (int) length);
            in.position(in.position() + (int) length);
            texts.add(text(name, text, utf8, texts.size()));
        }
        if (texts.size() != elements) {
            throw size(name, elements + " texts", texts.size() + "");
        }
        return new TensorData.Texts(texts);
    }

    private static String text(String name, ByteBuffer bytes, CharsetDecoder utf8, int element) {
        try {
            return utf8.decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw notUtf8(name, element);
        }
    }

    /** A text that came by itself, not in a raw tensor, is held to the same. */
    public static String text(String name, ByteBuffer bytes, int element) {
        return text(name, bytes.asReadOnlyBuffer(), StandardCharsets.UTF_8.newDecoder(), element);
    }

    private static InvalidInputException notUtf8(String name, int element) {
        return new InvalidInputException(
                "", "input '" + name + "': expected UTF-8, got other bytes in the text at element " + element);
    }

    private static InvalidInputException size(String name, String expected, String got) {
        return new InvalidInputException(
                "", "unexpected size for input '" + name + "': expected " + expected + ", got " + got);
    }

    /** A tensor of an answer; the buffer is the caller's own. */
    public static ByteBuffer encode(InferResponse.Tensor tensor) {
        return switch (tensor.data()) {
            case float[] values -> {
                ByteBuffer out = allocate((long) values.length * Float.BYTES);
                out.asFloatBuffer().put(FloatBuffer.wrap(values));
                yield out;
            }
            case String[] texts -> encode(texts);
            default ->
                throw new IllegalStateException("output '" + tensor.name() + "' is kept as "
                        + tensor.data().getClass().getSimpleName());
        };
    }

    private static ByteBuffer encode(String[] texts) {
        byte[][] all = new byte[texts.length][];
        long size = 0;
        for (int k = 0; k < texts.length; k++) {
            all[k] = texts[k].getBytes(StandardCharsets.UTF_8);
            size += LENGTH + all[k].length;
        }
        ByteBuffer out = allocate(size);
        for (byte[] text : all) {
            out.putInt(text.length).put(text);
        }
        return out.flip();
    }

    private static ByteBuffer allocate(long bytes) {
        return ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
    }
}
