package io.tidegate.oip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.inference.InvalidInputException;
import io.tidegate.sequences.SequenceControl;
import java.math.BigInteger;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RequestParametersTest {

    @Test
    void nothingAskedForIsNothing() {
        assertThat(RequestParameters.of(Map.of())).isEqualTo(RequestParameters.NONE);
        assertThat(RequestParameters.of(Map.of("flavour", "mint", "binary_data_output", true)))
                .isEqualTo(RequestParameters.NONE);
    }

    static Stream<Arguments> sequenceIds() {
        return Stream.of(
                Arguments.of(7L, "7"),
                Arguments.of("7", "7"),
                Arguments.of("turbine-7", "turbine-7"),
                Arguments.of("0", "0"),
                Arguments.of(new BigInteger("18446744073709551615"), "18446744073709551615"));
    }

    @ParameterizedTest
    @MethodSource
    void sequenceIds(Object sent, String id) {
        RequestParameters parameters =
                RequestParameters.of(Map.of("sequence_id", sent, "sequence_start", true, "sequence_end", false));

        assertThat(parameters.sequence()).isEqualTo(new SequenceControl(id, true, false));
    }

    @Test
    void zeroAndNoTextAreNoSequence() {
        assertThat(RequestParameters.of(Map.of("sequence_id", 0L)).sequence()).isNull();
        assertThat(RequestParameters.of(Map.of("sequence_id", "", "sequence_start", false))
                        .sequence())
                .isNull();
        assertThat(RequestParameters.of(Map.of("sequence_id", BigInteger.ZERO)).sequence())
                .isNull();
    }

    @Test
    void scheduling() {
        assertThat(RequestParameters.of(
                        Map.of("priority", 1L, "timeout", 1500L, "triton_enable_empty_final_response", true)))
                .isEqualTo(new RequestParameters(1, 1500, null, true));
        assertThat(RequestParameters.of(Map.of("priority", 1L << 40, "timeout", BigInteger.TWO.pow(63))))
                .isEqualTo(new RequestParameters(Integer.MAX_VALUE, Long.MAX_VALUE, null, false));
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of("sequence_id", -1L, "2^64 - 1, or a string, got -1"),
                Arguments.of("sequence_id", BigInteger.TWO.pow(64), "got 18446744073709551616"),
                Arguments.of("sequence_id", 1.5, "got 1.5"),
                Arguments.of("sequence_id", true, "got true"),
                Arguments.of("sequence_start", "true", "expected true or false, got 'true'"),
                Arguments.of(
                        "sequence_end", true, "expected a non-zero or non-empty 'sequence_id' with 'sequence_end'"),
                Arguments.of("priority", -1L, "parameter 'priority': expected an integer of at least 0, got -1"),
                Arguments.of("timeout", "soon", "parameter 'timeout': expected an integer of at least 0, got 'soon'"),
                Arguments.of("timeout", BigInteger.TEN.pow(400).negate(), "got a number of more than 128 bits"),
                Arguments.of("triton_final_response", true, "parameter 'triton_final_response' is reserved"));
    }

    @ParameterizedTest
    @MethodSource
    void refused(String name, Object value, String problem) {
        assertThatThrownBy(() -> RequestParameters.of(Map.of(name, value)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void outputsMayAskForTheLikeliestClasses() {
        assertThat(RequestParameters.output("probabilities", Map.of("classification", 3L, "binary_data", true)))
                .isEqualTo(new InferRequest.RequestedOutput("probabilities", 3));
        assertThatThrownBy(() -> RequestParameters.output("probabilities", Map.of("classification", -3L)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("parameter 'classification': expected an integer of at least 0, got -3");
    }

    @Test
    void dataThatLiesElsewhereIsRefused() {
        RequestParameters.requireInlineInput("input", Map.of("binary_data_size", 12L, "shared_memory_region", ""));
        assertThatThrownBy(() -> RequestParameters.requireInlineInput("input", Map.of("shared_memory_region", "shm")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("input 'input': expected no parameter 'shared_memory_region'");
        assertThatThrownBy(() -> RequestParameters.output("values", Map.of("shared_memory_byte_size", 8L)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("output 'values'");
    }
}
