package io.tidegate.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The nearest doubles and floats, as the JDK reads them. */
class JsonNumbersTest {

    private final JsonFactory factory = new JsonFactory();

    private JsonParser parser(String number) {
        return factory.createParser(
                ObjectReadContext.empty(), ("[" + number + "]").getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void numbersAreTheNearest() {
        SplittableRandom random = new SplittableRandom(5);
        List<String> texts = new ArrayList<>(List.of(
                "0",
                "-0",
                "0.0",
                "-0.0",
                "1",
                "-17",
                "9007199254740993",
                "9007199254740993.0",
                "0.1",
                "1e22",
                "1E23",
                "1.0e22",
                "1.0e23",
                "1e-22",
                "4.9e-324",
                "1.4e-45",
                "0.7e-45",
                "1.17549435e-38",
                "1.1754942e-38",
                "3.4028235e38",
                "3.4028236e38",
                "1e39",
                "1e400",
                "-1e400",
                "1e-400",
                "1.00000005960464478",
                "16777217.0",
                "16777219.0",
                "0.1234567890123456",
                "123456789012345678901234567890.5",
                "1e0000000000000000000000005",
                "5.0e+10",
                "2.5e-0",
                "1.0e99999999",
                "0.000000000000000000000001"));
        for (int n = 0; n < 200_000; n++) {
            double value = random.nextDouble(-10, 10) * Math.pow(10, random.nextInt(-12, 12));
            int digits = random.nextInt(1, 18);
            BigDecimal rounded = new BigDecimal(value).round(new MathContext(digits));
            texts.add(n % 2 == 0 ? rounded.toString() : rounded.toPlainString());
            // those that lie halfway between floats, and beside it
            float near = Float.intBitsToFloat(random.nextInt(0x30000000, 0x50000000));
            texts.add(new BigDecimal(near)
                    .add(new BigDecimal(Math.nextUp(near)))
                    .divide(BigDecimal.TWO)
                    .toString());
        }
        for (String text : texts) {
            try (JsonParser json = parser(text)) {
                json.nextToken();
                JsonToken token = json.nextToken();
                assertThat(token.isNumeric()).as(text).isTrue();
                assertThat(JsonNumbers.float64(json)).as(text).isEqualTo(Double.parseDouble(text));
            }
            try (JsonParser json = parser(text)) {
                json.nextToken();
                json.nextToken();
                assertThat(JsonNumbers.float32(json)).as(text).isEqualTo(Float.parseFloat(text));
            }
        }
    }
}
