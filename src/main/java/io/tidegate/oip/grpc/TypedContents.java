package io.tidegate.oip.grpc;

import io.tidegate.inference.InvalidInputException;
import io.tidegate.oip.Datatype;
import io.tidegate.oip.RawTensors;
import io.tidegate.oip.TensorData;
import io.tidegate.oip.grpc.proto.InferTensorContents;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;

/**
 * Elements that came one by one in a message's own fields.
 *
 * @param name of the input
 */
record TypedContents(String name, Datatype datatype, InferTensorContents contents) {

    /** A field of the contents, and how many elements are in it. */
    private enum Field {
        BOOL,
        INT,
        INT64,
        UINT,
        UINT64,
        FP32,
        FP64,
        BYTES;

        int count(InferTensorContents contents) {
            return switch (this) {
                case BOOL -> contents.getBoolContentsCount();
                case INT -> contents.getIntContentsCount();
                case INT64 -> contents.getInt64ContentsCount();
                case UINT -> contents.getUintContentsCount();
                case UINT64 -> contents.getUint64ContentsCount();
                case FP32 -> contents.getFp32ContentsCount();
                case FP64 -> contents.getFp64ContentsCount();
                case BYTES -> contents.getBytesContentsCount();
            };
        }

        String field() {
            return name().toLowerCase(java.util.Locale.ROOT) + "_contents";
        }
    }

    TensorData data() {
        Field field = field();
        requireNoOther(field);
        return switch (field) {
            case FP32 -> floats();
            case FP64 -> doubles();
            case BYTES -> texts();
            case BOOL -> integers(field, k -> contents.getBoolContents(k) ? 1 : 0);
            case INT -> integers(field, contents::getIntContents);
            case INT64 -> integers(field, contents::getInt64Contents);
            case UINT -> integers(field, k -> Integer.toUnsignedLong(contents.getUintContents(k)));
            case UINT64 -> integers(field, k -> saturated(contents.getUint64Contents(k)));
        };
    }

    /** The one that the datatype's elements come in. */
    private Field field() {
        return switch (datatype) {
            case BOOL -> Field.BOOL;
            case INT8, INT16, INT32 -> Field.INT;
            case INT64 -> Field.INT64;
            case UINT8, UINT16, UINT32 -> Field.UINT;
            case UINT64 -> Field.UINT64;
            case FP32 -> Field.FP32;
            case FP64 -> Field.FP64;
            case BYTES -> Field.BYTES;
            case FP16, BF16 ->
                throw refusal("expected the data of " + datatype
                        + " in raw_input_contents, as no field of contents can hold it, got none there");
        };
    }

    private void requireNoOther(Field expected) {
        for (Field other : Field.values()) {
            if (other != expected && other.count(contents) > 0) {
                throw refusal("expected " + expected.field() + " for " + datatype + ", got " + other.field());
            }
        }
    }

    private TensorData.Floats floats() {
        float[] values = new float[contents.getFp32ContentsCount()];
        for (int k = 0; k < values.length; k++) {
            values[k] = contents.getFp32Contents(k);
        }
        return new TensorData.Floats(values);
    }

    private TensorData.Floats doubles() {
        float[] values = new float[contents.getFp64ContentsCount()];
        for (int k = 0; k < values.length; k++) {
            values[k] = (float) contents.getFp64Contents(k);
        }
        return new TensorData.Floats(values);
    }

    private TensorData.Integers integers(Field field, IntToLongFunction element) {
        long[] values = new long[field.count(contents)];
        for (int k = 0; k < values.length; k++) {
            values[k] = element.applyAsLong(k);
            // BOOL has no bounds, and those of the 64-bit types can't be passed.
            if (datatype.form() == Datatype.Form.INTEGER
                    && (values[k] < datatype.min() || values[k] > datatype.max())) {
                throw refusal("expected whole numbers from " + (long) datatype.min() + " to " + (long) datatype.max()
                        + ", got " + values[k] + " at element " + k);
            }
        }
        return new TensorData.Integers(values);
    }

    private static long saturated(long unsigned) {
        return unsigned < 0 ? Long.MAX_VALUE : unsigned;
    }

    private TensorData.Texts texts() {
        List<String> texts = new ArrayList<>(contents.getBytesContentsCount());
        for (int k = 0; k < contents.getBytesContentsCount(); k++) {
            texts.add(RawTensors.text(name, contents.getBytesContents(k).asReadOnlyByteBuffer(), k));
        }
        return new TensorData.Texts(texts);
    }

    private InvalidInputException refusal(String message) {
        return new InvalidInputException("", "input '" + name + "': " + message);
    }
}
