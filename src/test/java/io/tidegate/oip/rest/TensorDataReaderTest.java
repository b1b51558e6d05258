package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.oip.Datatype;
import io.tidegate.oip.TensorData;
import io.tidegate.platform.TidegateProperties.Limits;
import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

/** Numbers are rounded once, to the nearest that their datatype has, whether it is known before they come or after. */
class TensorDataReaderTest {

    private static final Limits LIMITS = new Limits(
            DataSize.ofMegabytes(1),
            Duration.ofMinutes(1),
            DataSize.ofMegabytes(1),
            100_000,
            10,
            10,
            DataSize.ofMegabytes(10));

    private static TensorData read(String json, Datatype datatype, boolean known) {
        try (JsonBody body = new JsonBody(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)))) {
            return new TensorDataReader(body, LIMITS, known ? datatype : null, Long.MAX_VALUE)
                    .read()
                    .data("input", datatype);
        }
    }

    private static List<String> decimals() {
        SplittableRandom random = new SplittableRandom(3);
        List<String> decimals = new ArrayList<>(List.of("0", "-0", "1", "16777217", "1e39", "-1e400", "1e-60", "0.1"));
        for (int k = 0; k < 3000; k++) {
            float value = Float.intBitsToFloat(random.nextInt());
            if (Float.isFinite(value)) {
                decimals.add(Float.toString(value));
                decimals.add(Double.toString(random.nextDouble(-1000, 1000)));
                decimals.add(Long.toString(random.nextLong()));
                // Just above the middle of two floats, by less than a double can tell from the middle itself.
                BigDecimal middle = new BigDecimal(value)
                        .add(new BigDecimal(Math.nextUp(value)))
                        .divide(BigDecimal.TWO);
                decimals.add(middle.add(middle.ulp().movePointLeft(20).abs()).toString());
            }
        }
        return decimals;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFloatIsTheNearestToItsDecimal(boolean known) {
        List<String> decimals = decimals();
        TensorData.Floats data = (TensorData.Floats) read(decimals.toString(), Datatype.FP32, known);
        assertThat(data.count()).isEqualTo(decimals.size());
        for (int k = 0; k < decimals.size(); k++) {
            assertThat(data.values()[k]).as(decimals.get(k)).isEqualTo(Float.parseFloat(decimals.get(k)));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDoubleIsReadAsOneAndThenRounded(boolean known) {
        List<String> decimals = decimals();
        TensorData.Floats data = (TensorData.Floats) read(decimals.toString(), Datatype.FP64, known);
        for (int k = 0; k < decimals.size(); k++) {
            assertThat(data.values()[k]).as(decimals.get(k)).isEqualTo((float) Double.parseDouble(decimals.get(k)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "INT64, true, 9007199254740993, 9007199254740993",
        "INT64, true, -9223372036854775808, -9223372036854775808",
        "UINT64, true, 18446744073709551615, 9223372036854775807",
        "UINT64, false, 18446744073709551615, 9223372036854775807",
        "INT32, true, 3.0, 3",
        "INT32, false, 3e2, 300",
        "UINT8, false, 255, 255"
    })
    void integersAreExact(Datatype datatype, boolean known, String sent, long kept) {
        TensorData.Integers data = (TensorData.Integers) read("[" + sent + "]", datatype, known);
        assertThat(data.values()[0]).isEqualTo(kept);
    }
}
