package io.tidegate.checkpoint;

import static io.tidegate.checkpoint.Problems.got;
import static io.tidegate.checkpoint.Problems.gotAll;
import static io.tidegate.checkpoint.Problems.quoted;
import static io.tidegate.checkpoint.Safetensors.refused;

import io.tidegate.checkpoint.CheckpointException.Problem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The header of a safetensors file, checked against the file's size before anything is believed: each tensor has a known form, a
 * shape that fits its bytes, and the tensors fill the data from its first byte to its last, with no byte shared or left over.
 *
 * @param tensors by name
 * @param dataAt where the data begin in the file
 */
record SafetensorsHeader(SortedMap<String, Entry> tensors, long dataAt) {

    static final int MAX_BYTES = 16 << 20;

    /** Dimensions of a tensor: PyTorch's own limit, and what a message can show. */
    static final int MAX_SIZES = 64;

    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** One tensor. Its bytes are from {@code begin} to before {@code end}, counted from the data's start. */
    record Entry(String name, Dtype dtype, List<Integer> shape, long begin, long end) {

        /** Number of values. */
        int size() {
            return Math.toIntExact((end - begin) / dtype.bytes());
        }
    }

    static SafetensorsHeader read(MemorySegment file) {
        if (file.byteSize() < Long.BYTES) {
            throw refused("expected at least 8 bytes, the header's length, got " + file.byteSize() + ": truncated?");
        }
        long length = file.get(LENGTH, 0), rest = file.byteSize() - Long.BYTES;
        if (length < 0 || length > MAX_BYTES) { // negative is over 2^63: the format's length is unsigned
            throw refused(
                    "header length: expected at most " + MAX_BYTES + " bytes, got " + Long.toUnsignedString(length));
        }
        if (length > rest) {
            throw refused("header length: got " + length + " bytes, expected at most the " + rest
                    + " that follow in the file: truncated?");
        }
        long dataAt = Long.BYTES + length;
        SortedMap<String, Entry> tensors = new TreeMap<>();
        json(file.asSlice(Long.BYTES, length)).properties().forEach(member -> {
            if (member.getKey().equals("__metadata__")) {
                checkMetadata(member.getValue());
            } else {
                tensors.put(member.getKey(), entry(member.getKey(), member.getValue(), file.byteSize() - dataAt));
            }
        });
        checkCoverage(tensors.values(), file.byteSize() - dataAt);
        return new SafetensorsHeader(tensors, dataAt);
    }

    private static ObjectNode json(MemorySegment header) {
        if (header.byteSize() == 0 || header.get(ValueLayout.JAVA_BYTE, 0) != '{') {
            throw refused("header at byte 8: expected a JSON object, beginning with '{'");
        }
        try {
            return StrictJson.object("header", header.toArray(ValueLayout.JAVA_BYTE));
        } catch (CheckpointException e) {
            Problem problem = e.problems().getFirst();
            throw refused(problem.message() + (problem.pointer().isEmpty() ? "" : " (at " + problem.pointer() + ")"));
        }
    }

    private static void checkMetadata(JsonNode metadata) {
        if (!metadata.isObject() || !metadata.values().stream().allMatch(JsonNode::isString)) {
            throw refused("__metadata__: expected an object of strings, got something else");
        }
    }

    private static Entry entry(String name, JsonNode json, long dataSize) {
        String tensor = "tensor " + quoted(name) + ": ";
        if (!json.isObject()) {
            throw refused(tensor + "expected an object with dtype, shape and data_offsets, " + got(json));
        }
        for (String field : json.propertyNames()) {
            if (!List.of("dtype", "shape", "data_offsets").contains(field)) {
                throw refused(tensor + "expected dtype, shape and data_offsets alone, got " + quoted(field));
            }
        }
        Dtype dtype = dtype(tensor, json.path("dtype"));
        List<Integer> shape = shape(tensor, json.path("shape"));
        JsonNode offsets = json.path("data_offsets");
        if (!offsets.isArray()
                || offsets.size() != 2
                || !offsets.values().stream().allMatch(n -> n.isIntegralNumber() && n.canConvertToLong())) {
            throw refused(tensor + "data_offsets: expected two integers, " + gotAll(offsets));
        }
        long begin = offsets.get(0).longValue(), end = offsets.get(1).longValue();
        if (begin < 0 || begin > end) {
            throw refused(
                    tensor + "data_offsets: expected 0 or more, the end no less than the begin, " + gotAll(offsets));
        }
        if (end > dataSize) {
            throw refused(tensor + "data_offsets: expected at most " + dataSize + ", the bytes of data in the file, "
                    + gotAll(offsets) + ": truncated?");
        }
        long bytes = (long) size(tensor, shape) * dtype.bytes();
        if (end - begin != bytes) {
            throw refused(tensor + "data_offsets: expected " + bytes + " bytes for shape " + shape + " of " + dtype
                    + ", got " + (end - begin) + " from " + begin + " to " + end);
        }
        return new Entry(name, dtype, shape, begin, end);
    }

    private static Dtype dtype(String tensor, JsonNode name) {
        Dtype dtype = name.isString() ? Dtype.of(name.stringValue()) : null;
        if (dtype == null) {
            throw refused(tensor + "dtype: expected one of F64, F32, F16, BF16, " + got(name));
        }
        return dtype;
    }

    private static List<Integer> shape(String tensor, JsonNode sizes) {
        if (!sizes.isArray()
                || sizes.size() > MAX_SIZES
                || !sizes.values().stream()
                        .allMatch(n -> n.isIntegralNumber() && n.canConvertToInt() && n.intValue() >= 0)) {
            throw refused(tensor + "shape: expected an array of at most " + MAX_SIZES + " integers from 0 to "
                    + Integer.MAX_VALUE + ", " + gotAll(sizes));
        }
        return sizes.values().stream().map(JsonNode::intValue).toList();
    }

    private static int size(String tensor, List<Integer> shape) {
        try {
            return shape.stream().reduce(1, Math::multiplyExact);
        } catch (ArithmeticException e) {
            throw refused(tensor + "shape: expected at most " + Integer.MAX_VALUE + " values, got more in " + shape);
        }
    }

    private static void checkCoverage(Collection<Entry> tensors, long dataSize) {
        List<Entry> inOrder = new ArrayList<>(tensors);
        inOrder.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long covered = 0;
        String before = "";
        for (Entry entry : inOrder) {
            if (entry.begin() < covered) {
                throw refused("tensor " + quoted(entry.name()) + ": expected to begin at " + covered + ", where "
                        + quoted(before) + " ends, got " + entry.begin() + ": the two overlap");
            }
            checkNoHole(covered, entry.begin());
            covered = entry.end();
            before = entry.name();
        }
        checkNoHole(covered, dataSize);
    }

    private static void checkNoHole(long from, long to) {
        if (from < to) {
            throw refused("data: expected every byte to belong to a tensor, got none for bytes " + from + " to " + to);
        }
    }
}
