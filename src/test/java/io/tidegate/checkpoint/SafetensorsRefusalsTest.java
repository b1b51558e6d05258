package io.tidegate.checkpoint;

import static io.tidegate.checkpoint.RawSafetensors.entry;
import static io.tidegate.checkpoint.RawSafetensors.file;
import static io.tidegate.checkpoint.RawSafetensors.one;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a safetensors file may not be; each message names the tensor or the place, what was expected and what came. */
class SafetensorsRefusalsTest {

    private static final byte[] NOTHING = {};

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7})
    void aFileTooShortForALengthIsRefused(int bytes) {
        refuses(new byte[bytes], "expected at least 8 bytes", "got " + bytes, "truncated?");
    }

    @ParameterizedTest
    @CsvSource({"16777217, 16777217", "-1, 18446744073709551615", "-9223372036854775808, 9223372036854775808"})
    void aHeaderLengthOverTheLimitIsRefused(long length, String unsigned) {
        refuses(file(length, new byte[100], NOTHING), "header length: expected at most 16777216", "got " + unsigned);
    }

    @Test
    void aHeaderLengthBeyondTheFileIsRefused() {
        refuses(file(33, new byte[32], NOTHING), "header length: got 33 bytes, expected at most the 32");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "  {}", "null", "nonsense"})
    void aHeaderThatIsNoObjectIsRefused(String header) {
        refuses(file(header, 0), "header at byte 8: expected a JSON object, beginning with '{'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "{'x':", "{'x':{'dtype':'F32',}}", "{x:1}", "{'x':NaN}", "{'x':1]"})
    void aHeaderThatIsNotJsonIsRefused(String header) {
        refuses(file(header, 0), "header: expected JSON, got something else at line 1, column");
    }

    @Test
    void aHeaderThatIsNotUtf8IsRefused() {
        byte[] header = "{\"\0\":1}".getBytes(StandardCharsets.UTF_8);
        header[2] = (byte) 0xFF;
        refuses(file(header.length, header, NOTHING), "header: expected UTF-8");
    }

    @Test
    void textAfterTheHeadersObjectIsRefused() {
        refuses(file("{} {}", 0), "header: expected one JSON object, got more text after it");
    }

    @Test
    void aTensorNamedTwiceIsRefused() {
        String header = "{" + entry("x", "F32", "[1]", "[0,4]") + "," + entry("x", "F32", "[1]", "[4,8]") + "}";
        refuses(file(header, 8), "header: expected each name once, got 'x' twice");
        refuses(file("{'x':{'dtype':'F32','dtype':'F64'}}", 0), "got 'dtype' twice (at /x/dtype)");
    }

    @Test
    void aHeaderNestedTooDeepIsRefused() {
        String deep = "{'x':" + "[".repeat(100_000);
        refuses(file(deep, 0), "header: expected at most 100 levels");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "[]", "'F32'", "null"})
    void anEntryThatIsNoObjectIsRefused(String entry) {
        refuses(file("{'x':" + entry + "}", 0), "tensor 'x': expected an object with dtype, shape and data_offsets");
    }

    @Test
    void anEntryWithAnUnknownFieldIsRefused() {
        refuses(
                file("{'x':{'dtype':'F32','shape':[1],'data_offsets':[0,4],'scale':2}}", 4),
                "tensor 'x': expected dtype, shape and data_offsets alone, got 'scale'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"I64", "BOOL", "f32", "F8_E4M3", ""})
    void anUnknownDtypeIsRefused(String dtype) {
        refuses(
                file(one(dtype, "[1]", "[0,4]"), 4),
                "tensor 'x': dtype: expected one of F64, F32, F16, BF16, got '" + dtype + "'");
    }

    @Test
    void anAbsentDtypeShapeOrOffsetsIsRefused() {
        refuses(file("{'x':{'shape':[1],'data_offsets':[0,4]}}", 4), "dtype: expected one of", "got nothing");
        refuses(file("{'x':{'dtype':'F32','data_offsets':[0,4]}}", 4), "shape: expected an array of", "got nothing");
        refuses(file("{'x':{'dtype':'F32','shape':[1]}}", 4), "data_offsets: expected two integers, got nothing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[-1]", "[2,-1]", "[2147483648]", "[1.0]", "['1']", "[null]", "1", "{}", "'[1]'"})
    void aShapeThatIsNoListOfSizesIsRefused(String shape) {
        refuses(
                file(one("F32", shape, "[0,4]"), 4),
                "tensor 'x': shape: expected an array of at most 64 integers from 0");
    }

    @Test
    void aShapeOfEndlesslyManySizesIsRefusedInFewWords() {
        String shape = Collections.nCopies(100_000, 1).toString();
        CheckpointException e = refuses(file(one("F32", shape, "[0,4]"), 4), "shape: expected an array of at most 64");
        assertThat(e.getMessage()).hasSizeLessThan(300);
    }

    @Test
    void aHeaderOfMillionsOfTokensIsRefused() {
        refuses(
                file("{'x':[" + "[],".repeat(600_000) + "[]]}", 0),
                "header: expected at most 100 levels, 1000000 tokens");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[65536,65536]", "[2147483647,2]", "[65536,65536,0]", "[1073741825,4]"})
    void aShapeWhoseProductOverflowsIsRefused(String shape) {
        refuses(file(one("F32", shape, "[0,4]"), 4), "tensor 'x': shape: expected at most 2147483647 values");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[0]", "[0,4,8]", "[]", "[0.0,4.0]", "['0','4']", "{}", "4", "[0,9223372036854775808]"})
    void offsetsThatAreNotTwoIntegersAreRefused(String offsets) {
        refuses(file(one("F32", "[1]", offsets), 4), "tensor 'x': data_offsets: expected two integers, got ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[4,0]", "[-4,0]", "[9223372036854775807,-9223372036854775808]"})
    void offsetsThatRunBackwardsAreRefused(String offsets) {
        refuses(file(one("F32", "[1]", offsets), 4), "tensor 'x': data_offsets: expected 0 or more", "got " + offsets);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[4,8]", "[0,9223372036854775807]", "[9223372036854775803,9223372036854775807]"})
    void offsetsOutsideTheFileAreRefused(String offsets) {
        refuses(
                file(one("F32", "[1]", offsets), 4),
                "tensor 'x': data_offsets: expected at most 4, the bytes of data in the file, got " + offsets);
    }

    @Test
    void aFileCutShortIsRefused() {
        byte[] whole = file(one("F32", "[2,3]", "[0,24]"), 24);
        for (int length = 0; length < whole.length; length++) {
            refuses(Arrays.copyOf(whole, length), "truncated?");
        }
        refuses(Arrays.copyOf(whole, whole.length - 1), "expected at most 23", "got [0,24]");
    }

    @ParameterizedTest
    @CsvSource({"F64, 16", "F32, 8", "F16, 4", "BF16, 4"})
    void bytesThatDoNotFitTheShapeAreRefused(String dtype, int expected) {
        refuses(
                file(one(dtype, "[2,1]", "[0,6]"), 6),
                "tensor 'x': data_offsets: expected " + expected + " bytes for shape [2, 1] of " + dtype
                        + ", got 6 from 0 to 6");
    }

    @Test
    void overlappingTensorsAreRefused() {
        String header = "{" + entry("a", "F32", "[2]", "[0,8]") + "," + entry("b", "F32", "[2]", "[4,12]") + "}";
        refuses(file(header, 12), "tensor 'b': expected to begin at 8, where 'a' ends, got 4: the two overlap");
        String same = "{" + entry("a", "F32", "[2]", "[0,8]") + "," + entry("b", "F32", "[2]", "[0,8]") + "}";
        refuses(file(same, 8), "tensor 'b': expected to begin at 8, where 'a' ends, got 0: the two overlap");
    }

    @Test
    void bytesThatBelongToNoTensorAreRefused() {
        refuses(file(one("F32", "[1]", "[4,8]"), 8), "got none for bytes 0 to 4");
        refuses(file(one("F32", "[1]", "[0,4]"), 5), "got none for bytes 4 to 5");
        refuses(file("{}", 3), "got none for bytes 0 to 3");
        String gap = "{" + entry("b", "F32", "[1]", "[12,16]") + "," + entry("a", "F32", "[2]", "[0,8]") + "}";
        refuses(file(gap, 16), "data: expected every byte to belong to a tensor, got none for bytes 8 to 12");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "[]", "{'a':1}", "{'a':{}}", "null"})
    void metadataThatAreNoStringsAreRefused(String metadata) {
        refuses(file("{'__metadata__':" + metadata + "}", 0), "__metadata__: expected an object of strings");
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void aNanOrAnInfinityIsRefused(double value) {
        ByteBuffer f64 = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN).putDouble(40, value);
        ByteBuffer f32 = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putFloat(20, (float) value);
        short half = Float.floatToFloat16((float) value), bfloat = (short) (Float.floatToIntBits((float) value) >> 16);
        String message = "tensor 'x': expected finite numbers, got " + value + " at ";
        refuses(file(one("F64", "[2,3]", "[0,48]"), f64.array()), message + "[1, 2]");
        refuses(file(one("F32", "[2,3]", "[0,24]"), f32.array()), message + "[1, 2]");
        refuses(RawSafetensors.shorts("F16", (short) 0, half), message + "[1]");
        refuses(RawSafetensors.shorts("BF16", (short) 0, bfloat), message + "[1]");
    }

    @Test
    void aNameFromTheFileIsCutShortAndKeptOnOneLine() {
        CheckpointException e = refuses(file("{'" + "n".repeat(500) + "':1}", 0), "'" + "n".repeat(80) + "…'");
        assertThat(e.getMessage()).hasSizeLessThan(300);
        assertThat(refuses(file("{'a\\nb':1}", 0), "tensor 'a").getMessage()).doesNotContain("\n");
    }

    @Test
    void noDamageToAFileEndsInAnythingButARefusal() throws Exception {
        byte[] whole = Fixtures.bytes("dtypes.safetensors");
        Random random = new Random(7);
        for (int n = 0; n < 5000; n++) {
            byte[] damaged =
                    Arrays.copyOf(whole, random.nextInt(10) == 0 ? random.nextInt(whole.length) : whole.length);
            for (int k = random.nextInt(4); k >= 0 && damaged.length > 0; k--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try {
                Safetensors.read(damaged);
            } catch (CheckpointException e) {
                assertThat(e.problems()).isNotEmpty();
            }
        }
    }

    private static CheckpointException refuses(byte[] file, String... parts) {
        CheckpointException e = catchThrowableOfType(CheckpointException.class, () -> Safetensors.read(file));
        assertThat(e).as("refusal").isNotNull();
        assertThat(e.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.pointer()).isEqualTo("/weights");
            assertThat(problem.message()).startsWith("weights file: ").contains(parts);
        });
        return e;
    }
}
