package io.tidegate.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class SafetensorsTest {

    @Test
    void aWrittenFileHasTheFormatsBytes() {
        byte[] file = Safetensors.toBytes(Map.of(
                "b", new Tensor(List.of(1, 2), new double[] {1, -2}), "a", new Tensor(List.of(), new double[] {3})));

        String header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[4,12]}}";
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int length = Math.toIntExact(bytes.getLong());
        byte[] text = new byte[length];
        bytes.get(text);
        assertThat(length % 8).isZero();
        assertThat(new String(text, StandardCharsets.UTF_8).stripTrailing()).isEqualTo(header);
        assertThat(new float[] {bytes.getFloat(), bytes.getFloat(), bytes.getFloat()})
                .containsExactly(3, 1, -2);
        assertThat(bytes.hasRemaining()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatIsWrittenInF64IsReadBackBitForBit(long seed) throws IOException {
        SortedMap<String, Tensor> tensors = random(seed);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        Safetensors.write(tensors, Dtype.F64, file);

        SortedMap<String, Tensor> read = Safetensors.read(file.toByteArray());
        assertThat(read.keySet()).containsExactlyElementsOf(tensors.keySet());
        tensors.forEach((name, tensor) -> {
            assertThat(get(read, name).shape()).isEqualTo(tensor.shape());
            assertThat(get(read, name).values()).containsExactly(tensor.values());
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatIsWrittenInF32IsReadBackRoundedToTheNearest(long seed) {
        SortedMap<String, Tensor> tensors = random(seed);
        SortedMap<String, Tensor> read = Safetensors.read(Safetensors.toBytes(tensors));
        tensors.forEach((name, tensor) -> {
            double[] rounded =
                    Arrays.stream(tensor.values()).map(v -> (float) v).toArray();
            assertThat(get(read, name).values()).containsExactly(rounded);
        });
        assertThat(Safetensors.toBytes(read)).isEqualTo(Safetensors.toBytes(tensors));
    }

    @Test
    void theFileDependsOnTheTensorsAloneAndNotOnTheirOrder() {
        SortedMap<String, Tensor> tensors = random(9);
        List<String> names = new ArrayList<>(tensors.keySet());
        Collections.reverse(names);
        Map<String, Tensor> reversed = new LinkedHashMap<>();
        names.forEach(name -> reversed.put(name, get(tensors, name)));
        assertThat(Safetensors.toBytes(reversed)).isEqualTo(Safetensors.toBytes(tensors));
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void everySixteenBitNumberIsReadExactlyOrRefused(Dtype dtype) {
        for (int bits = 0; bits < 1 << 16; bits++) {
            byte[] file = RawSafetensors.shorts(dtype.name(), (short) bits);
            double expected = dtype == Dtype.F16 ? half(bits) : Float.intBitsToFloat(bits << 16);
            if (Double.isFinite(expected)) {
                double read = get(Safetensors.read(file), "x").values()[0];
                assertThat(Double.doubleToRawLongBits(read)).isEqualTo(Double.doubleToRawLongBits(expected));
            } else {
                assertThatThrownBy(() -> Safetensors.read(file)).isInstanceOf(CheckpointException.class);
            }
        }
    }

    /** From IEEE 754's definition of binary16: sign, 5 bits of exponent, 10 of fraction. */
    private static double half(int bits) {
        int exponent = bits >> 10 & 31, fraction = bits & 1023;
        double magnitude = switch (exponent) {
            case 0 -> fraction * 0x1p-24;
            case 31 -> fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            default -> (1024 + fraction) * Math.pow(2, exponent - 25);
        };
        return bits >> 15 == 0 ? magnitude : -magnitude;
    }

    @Test
    void aFileWrittenByAnotherProgramIsReadInEveryForm() throws IOException {
        JsonNode expected = Fixtures.json("dtypes.json");
        SortedMap<String, Tensor> read = Safetensors.read(Fixtures.bytes("dtypes.safetensors"));
        assertThat(read.keySet()).containsExactly("bf16", "f16", "f32", "f64");
        assertThat(get(read, "f64").shape()).containsExactly(2, 2);
        read.forEach((name, tensor) -> assertThat(tensor.values())
                .containsExactly(expected.get(name).values().stream()
                        .mapToDouble(JsonNode::asDouble)
                        .toArray()));
    }

    @Test
    void aFileOnDiskIsReadLikeOneInMemory(@TempDir Path directory) throws IOException {
        byte[] file = Fixtures.bytes("dtypes.safetensors");
        Path path = Files.write(directory.resolve("x.safetensors"), file);
        assertThat(Safetensors.toBytes(Safetensors.read(path).headMap("f64")))
                .isEqualTo(Safetensors.toBytes(Safetensors.read(file).headMap("f64")));
    }

    @Test
    void metadataOfStringsAreAccepted() {
        byte[] file = RawSafetensors.file(
                "{'__metadata__':{'format':'pt'}," + RawSafetensors.entry("x", "F32", "[1]", "[0,4]") + "}", 4);
        assertThat(Safetensors.read(file)).containsOnlyKeys("x");
    }

    @Test
    void tensorsWithoutValuesAndFilesWithoutTensorsAreRead() {
        Tensor empty = get(Safetensors.read(RawSafetensors.file(RawSafetensors.one("F32", "[0,3]", "[0,0]"), 0)), "x");
        assertThat(empty.shape()).containsExactly(0, 3);
        assertThat(empty.values()).isEmpty();
        assertThat(Safetensors.read(RawSafetensors.file("{}   ", 0))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e39})
    void whatF32CannotHoldIsNotWritten(double value) {
        Map<String, Tensor> tensors = Map.of(
                "a", new Tensor(List.of(1), new double[1]), "b", new Tensor(List.of(2, 2), new double[] {0, 0, value, 0
                }));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThatThrownBy(() -> Safetensors.write(tensors, Dtype.F32, out))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tensor 'b': expected finite numbers that fit F32, got " + value + " at [1, 0]");
        assertThat(out.size()).isZero();
    }

    /** Tensors of up to three dimensions, some without values, whose numbers F32 can hold, subnormal ones among them. */
    private static SortedMap<String, Tensor> random(long seed) {
        Random random = new Random(seed);
        SortedMap<String, Tensor> tensors = new TreeMap<>();
        for (int n = random.nextInt(6); n >= 0; n--) {
            List<Integer> shape = random.ints(random.nextInt(4), 0, 40).boxed().toList();
            double[] values = random.doubles(shape.stream().reduce(1, Math::multiplyExact), -1, 1)
                    .map(v -> v * Math.pow(10, random.nextInt(-45, 38)))
                    .toArray();
            tensors.put("tensor." + random.nextInt(100) + "\"é", new Tensor(shape, values));
        }
        return tensors;
    }

    private static Tensor get(Map<String, Tensor> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }
}
