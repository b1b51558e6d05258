package io.tidegate.oip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.inference.InvalidInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RawTensorsTest {

    @ParameterizedTest
    @CsvSource({
        "FP32, 0000803f000020c0, 1.0, -2.5",
        "FP64, 000000000000f03f00000000000004c0, 1.0, -2.5",
        "FP16, 003c00c1, 1.0, -2.5",
        "BF16, 803f20c0, 1.0, -2.5",
        "FP64, 0000000000000000ffffffffffffef7f, 0.0, Infinity", // FP32 can't hold the largest FP64
        "FP32, 0000c07f000080ff, NaN, -Infinity"
    })
    void fractionsOfAllWidthsBecomeFp32(Datatype datatype, String hex, float first, float second) {
        TensorData.Floats data = (TensorData.Floats) RawTensors.decode("input", datatype, bytes(hex), 2);

        assertThat(data.values()).containsExactly(first, second);
        assertThat(data.count()).isEqualTo(2);
        assertThat(data.nesting()).containsExactly(2L);
    }

    @ParameterizedTest
    @CsvSource({
        "BOOL, 0100, 1, 0",
        "INT8, 7f80, 127, -128",
        "UINT8, 7f80, 127, 128",
        "INT16, ff7f0080, 32767, -32768",
        "UINT16, ff7f0080, 32767, 32768",
        "INT32, ffffff7f00000080, 2147483647, -2147483648",
        "UINT32, ffffff7f00000080, 2147483647, 2147483648",
        "INT64, ffffffffffffff7f0000000000000080, 9223372036854775807, -9223372036854775808",
        "UINT64, 02000000000000000000000000000080, 2, 9223372036854775807" // 2^63 is kept as 2^63 − 1
    })
    void integersOfAllWidthsKeepTheirSign(Datatype datatype, String hex, long first, long second) {
        TensorData.Integers data = (TensorData.Integers) RawTensors.decode("lengths", datatype, bytes(hex), 2);

        assertThat(data.values()).containsExactly(first, second);
        assertThat(data.count()).isEqualTo(2);
    }

    @Test
    void textsHaveTheirLengthBeforeThem() {
        TensorData.Texts data = (TensorData.Texts)
                RawTensors.decode("text", Datatype.BYTES, bytes("020000006f6b0000000003000000e282ac"), 3);

        assertThat(data.values()).containsExactly("ok", "", "€");
    }

    @Test
    void aPartOfABufferIsReadWhereItLies() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(16).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putFloat(4, 3.5f).position(4).limit(8);

        TensorData.Floats data = (TensorData.Floats) RawTensors.decode("input", Datatype.FP32, buffer, 1);

        assertThat(data.values()).containsExactly(3.5f);
        assertThat(buffer.position()).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource({
        "FP32, 0000803f0000, 1, '1 elements of FP32, 4 bytes each, got 6 bytes'",
        "FP32, 0000803f, 2, '2 elements of FP32, 4 bytes each, got 4 bytes'",
        "FP32, 0000803f, 4611686018427387905, '4611686018427387905 elements of FP32, 4 bytes each, got 4 bytes'",
        "INT8, 010203, 2, '2 elements of INT8, 1 bytes each, got 3 bytes'",
        "BYTES, 01000000610100000062, 1, '1 texts, got 5 bytes more'",
        "BYTES, 0100000061, 2, '2 texts, got 1'",
        "BYTES, 010000006102, 2, '4 bytes with the length of text 1, got 1 bytes'",
        "BYTES, ffffffff61, 1, '4294967295 bytes for the text at element 0, got 1 bytes'"
    })
    void anyOtherSizeIsRefused(Datatype datatype, String hex, long elements, String problem) {
        assertThatThrownBy(() -> RawTensors.decode("x", datatype, bytes(hex), elements))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("unexpected size for input 'x': expected " + problem);
    }

    @Test
    void valuesThatTheirTypeDoesNotHaveAreRefused() {
        assertThatThrownBy(() -> RawTensors.decode("mask", Datatype.BOOL, bytes("0102"), 2))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("input 'mask': expected 0 or 1 for BOOL, got 2 at element 1");
        assertThatThrownBy(() -> RawTensors.decode("text", Datatype.BYTES, bytes("0100000061" + "02000000c328"), 2))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("input 'text': expected UTF-8, got other bytes in the text at element 1");
    }

    @Test
    void aTextByItselfIsHeldToUtf8Too() {
        assertThat(RawTensors.text("text", ByteBuffer.wrap("tide €".getBytes(StandardCharsets.UTF_8)), 0))
                .isEqualTo("tide €");
        assertThatThrownBy(() -> RawTensors.text("text", bytes("eda080"), 4)) // half of a surrogate pair
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("at element 4");
    }

    @Test
    void answersAreWrittenInTheSameForm() {
        ByteBuffer numbers = RawTensors.encode(new InferResponse.Tensor("values", new float[] {1, -2.5f}, 2, 1));
        ByteBuffer texts = RawTensors.encode(
                new InferResponse.Tensor("label", Datatype.BYTES, List.of(3), new String[] {"ok", "", "€"}));

        assertThat(hex(numbers)).isEqualTo("0000803f000020c0");
        assertThat(hex(texts)).isEqualTo("020000006f6b0000000003000000e282ac");
    }

    private static ByteBuffer bytes(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex));
    }

    private static String hex(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
