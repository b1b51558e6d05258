package io.tidegate.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/** What the parsers read must be what the JDK and Jackson's own read, numbers, tokens, messages and all. */
class JsonFloatsTest {

    private final JsonFactory factory = JsonFloats.builder().build(), plain = new JsonFactory();
    private final SplittableRandom random = new SplittableRandom(5);

    private static JsonParser parser(JsonFactory factory, InputStream in) {
        return factory.createParser(ObjectReadContext.empty(), in);
    }

    /** Brings so many bytes at a time. */
    private static InputStream slowly(byte[] text, int most) {
        return new ByteArrayInputStream(text) {
            @Override
            public synchronized int read(byte[] into, int at, int length) {
                return super.read(into, at, Math.min(length, most));
            }
        };
    }

    /** The numbers of an array of numbers, and how many of them came by tokens. */
    private record Read(List<Float> floats, int tokens) {

        static Read of(JsonParser json) {
            List<Float> floats = new ArrayList<>();
            float[] some = new float[7];
            int tokens = 0;
            assertThat(json.nextToken()).isEqualTo(JsonToken.START_ARRAY);
            while (true) {
                int count = JsonFloats.read(json, some, 2, 5);
                for (int n = 0; n < count; n++) {
                    floats.add(some[2 + n]);
                }
                if (count < 5) {
                    if (json.nextToken() == JsonToken.END_ARRAY) {
                        return new Read(floats, tokens);
                    }
                    assertThat(json.currentToken().isNumeric()).isTrue();
                    assertThat(json.streamReadContext().getCurrentIndex()).isEqualTo(floats.size());
                    floats.add(json.getFloatValue());
                    tokens++;
                }
            }
        }
    }

    @Test
    void numbersAreTheNearest() {
        List<String> texts = new ArrayList<>(List.of(
                "0",
                "-0",
                "0.0",
                "-0.0",
                "1",
                "-17",
                "16777217",
                "9007199254740993",
                "999999999999999999",
                "9223372036854775808",
                "1e22",
                "1.0e23",
                "1.4e-45",
                "0.7e-45",
                "1.17549435e-38",
                "3.4028235e38",
                "1e39",
                "-1e400",
                "1.00000005960464478",
                "16777217.0",
                "16777219.0",
                "0.1234567890123456",
                "0.30000001192092896",
                "123456789012345678901234567890.5",
                "0.000000000000000000000001"));
        for (int n = 0; n < 200_000; n++) {
            double value = random.nextDouble(-10, 10) * Math.pow(10, random.nextInt(-12, 12));
            BigDecimal rounded = new BigDecimal(value).round(new MathContext(random.nextInt(1, 19)));
            texts.add(n % 2 == 0 ? rounded.toString() : rounded.toPlainString());
            // those halfway between two floats, and beside it
            float near = Float.intBitsToFloat(random.nextInt(0x30000000, 0x50000000));
            BigDecimal halfway =
                    new BigDecimal(near).add(new BigDecimal(Math.nextUp(near))).divide(BigDecimal.TWO);
            texts.add(halfway.toPlainString());
            texts.add(halfway.round(new MathContext(random.nextInt(16, 19))).toPlainString());
        }
        byte[] json = ("[" + String.join(",", texts) + "]").getBytes(UTF_8);
        Read read = Read.of(parser(factory, new ByteArrayInputStream(json)));
        assertThat(read.floats).hasSameSizeAs(texts);
        for (int n = 0; n < texts.size(); n++) {
            assertThat(read.floats.get(n)).as(texts.get(n)).isEqualTo(Float.parseFloat(texts.get(n)));
        }
    }

    @Test
    void plainNumbersAreReadAtOnce() {
        StringBuilder text = new StringBuilder("[0.5");
        for (int n = 1; n < 10_000; n++) {
            text.append(n % 3 == 0 ? ", " : n % 3 == 1 ? "," : "\n  ,\n").append(random.nextInt(-9999, 9999) / 1e3);
        }
        byte[] json = text.append("]").toString().getBytes(UTF_8);
        Read whole = Read.of(factory.createParser(ObjectReadContext.empty(), json, 0, json.length));
        assertThat(whole.tokens).isZero();
        Read inPieces = Read.of(parser(factory, slowly(json, 4_000)));
        assertThat(inPieces.floats).isEqualTo(whole.floats);
        assertThat(inPieces.tokens).isLessThan(100); // one at the end of each piece
        assertThat(Read.of(parser(factory, slowly(json, 1))).floats).isEqualTo(whole.floats);
    }

    /** With each of its parsers, from the bytes or from a stream of small pieces. */
    @Test
    void whateverIsWrongIsSaidAsJacksonSaysIt() {
        String[] values = {
            "0", "1", "12", "0.5", "-7.25", "1e5", "1E-3", "[1,2]", "[0.5, 0.25]", "\"a,1\"", "{\"a\":[3]}", "null"
        };
        String[] noise = {
            "[", "]", ",", " ", "\n", "\r\n", "\t", "-", "+", ".", "0", "1.", "e", "{", "}", "\"", "NaN", "é", "/", "#",
            "\0"
        };
        int refused = 0;
        for (int n = 0; n < 100_000; n++) {
            StringBuilder text = new StringBuilder(n % 4 == 0 ? "[" : n % 4 == 2 ? "[\n" : "[\n[");
            for (int value = 0; value < 1 + n % 8; value++) {
                text.append(value == 0 ? "" : n % 3 == 0 ? ",\n " : ",").append(values[random.nextInt(values.length)]);
                text.append(random.nextInt(6) == 0 ? noise[random.nextInt(noise.length)] : "");
            }
            text.append(n % 2 == 0 ? "" : "]");
            byte[] json = text.append("]").toString().getBytes(UTF_8);
            List<String> expected = tokens(plain.createParser(ObjectReadContext.empty(), json, 0, json.length), false);
            refused += expected.getLast().startsWith("refused") ? 1 : 0;
            assertThat(tokens(factory.createParser(ObjectReadContext.empty(), json, 0, json.length), true))
                    .as(text.toString())
                    .isEqualTo(expected);
            assertThat(tokens(parser(factory, slowly(json, 1 + n % 9)), true))
                    .as(text.toString())
                    .isEqualTo(tokens(parser(plain, slowly(json, 1 + n % 9)), false));
        }
        assertThat(refused).isBetween(20_000, 80_000);
    }

    /** All tokens with their places, as text; numbers as floats without a place. */
    private static List<String> tokens(JsonParser parser, boolean atOnce) {
        List<String> all = new ArrayList<>();
        float[] some = new float[3];
        try (JsonParser json = parser) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token.isNumeric()) {
                    all.add(Float.toString(json.getFloatValue()));
                } else {
                    all.add(token + " " + json.getString() + " " + place(json.currentTokenLocation()) + " "
                            + json.streamReadContext().pathAsPointer());
                }
                if (atOnce && json.streamReadContext().inArray()) {
                    int count = JsonFloats.read(json, some, 0, some.length);
                    for (int n = 0; n < count; n++) {
                        all.add(Float.toString(some[n]));
                    }
                }
            }
        } catch (JacksonException e) {
            all.add("refused: " + e.getMessage() + place(e.getLocation()));
        }
        return all;
    }

    private static String place(TokenStreamLocation location) {
        return location.getLineNr() + ":" + location.getColumnNr() + ", byte " + location.getByteOffset();
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
    void otherEncodingsAreJacksons(String encoding) {
        byte[] json = "[0.5, -2]".getBytes(Charset.forName(encoding));
        assertThat(Read.of(parser(factory, slowly(json, 1)))).isEqualTo(new Read(List.of(0.5f, -2f), 2));
    }

    @Test
    void aByteOrderMarkIsJacksons() {
        byte[] json = "\ufeff[0.5]".getBytes(StandardCharsets.UTF_8);
        assertThat(Read.of(parser(factory, new ByteArrayInputStream(json)))).isEqualTo(new Read(List.of(0.5f), 1));
        assertThat(Read.of(factory.createParser(ObjectReadContext.empty(), json, 0, json.length)))
                .isEqualTo(new Read(List.of(0.5f), 1));
    }
}
