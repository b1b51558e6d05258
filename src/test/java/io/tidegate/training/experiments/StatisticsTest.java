package io.tidegate.training.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.core.cell.CellType;
import io.tidegate.training.experiments.ExperimentRequest.Match;
import io.tidegate.training.experiments.HiddenSizes.Sized;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToLongFunction;
import org.junit.jupiter.api.Test;

class StatisticsTest {

    /** Differences 1 … 5: mean 3, s = √2.5, standard error √0.5; t(0.975; 4) = 2.7764451 from tables, worked by hand. */
    @Test
    void anIntervalIsStudents() {
        MeanInterval interval = MeanInterval.of(List.of(1.0, 2.0, 3.0, 4.0, 5.0));
        assertThat(interval.mean()).isEqualTo(3);
        assertThat(interval.lower()).isCloseTo(3 - 2.7764451 * Math.sqrt(0.5), within(1e-6));
        assertThat(interval.upper()).isCloseTo(3 + 2.7764451 * Math.sqrt(0.5), within(1e-6));
        assertThat(MeanInterval.of(List.of(7.0))).isEqualTo(new MeanInterval(1, 7.0, null, null));
        assertThat(MeanInterval.of(List.of()).mean()).isNull();
    }

    /**
     * Student's sleep data (1908), ten patients and two drugs, as in R's {@code sleep}: its documentation's paired t-test gives
     * t = -4.0621, p = 0.002833, interval -2.4598858 to -0.7001142.
     */
    @Test
    void thePairedTestIsThatOfStudentsSleepData() {
        PairedComparison comparison = PairedComparison.of(
                List.of(0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0),
                List.of(1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4));
        assertThat(comparison.tTestP()).isCloseTo(0.002833, within(5e-7));
        assertThat(comparison.difference().lower()).isCloseTo(-2.4598858, within(1e-7));
        assertThat(comparison.difference().upper()).isCloseTo(-0.7001142, within(1e-7));
        assertThat(comparison.wilcoxonExact()).as("there is a zero").isFalse();
    }

    /** All of one sign: only the two of 2ⁿ sign patterns are as extreme, so p = 2 / 2ⁿ; for n = 5 that is 0.0625. */
    @Test
    void wilcoxonsSmallestPIsTwoPatternsOfAll() {
        PairedComparison comparison =
                PairedComparison.of(List.of(1.0, 2.0, 3.0, 4.0, 5.0), List.of(0.0, 0.0, 0.0, 0.0, 0.0));
        assertThat(comparison.wilcoxonP()).isCloseTo(0.0625, within(1e-12));
        assertThat(comparison.smallestWilcoxonP()).isEqualTo(0.0625);
        assertThat(comparison.wilcoxonExact()).isTrue();
    }

    @Test
    void differencesThatDoNotVaryHaveNoTest() {
        PairedComparison same = PairedComparison.of(List.of(1.0, 2.0), List.of(1.0, 2.0));
        assertThat(same.tTestP()).isNull();
        assertThat(same.wilcoxonP()).isNull();
        assertThat(same.intervalExcludesZero()).isFalse();
    }

    /** Holm 1979, worked by hand: 0.01 · 3; 0.02 · 2 = 0.04; 0.03 · 1 raised to 0.04. */
    @Test
    void holmsCorrectionNeverFalls() {
        assertThat(Holm.corrected(Arrays.asList(0.02, null, 0.01, 0.03))).containsExactly(0.04, null, 0.03, 0.04);
        assertThat(Holm.corrected(List.of(0.6, 0.7))).containsExactly(1.0, 1.0);
    }

    /** Weights 4H² for the lstm, 7H² for wm: 7 · 8² = 448; 4 · 11² = 484 is 36 away, 4 · 10² = 400 is 48 away. */
    @Test
    void parametersAreMatchedToTheNearestHiddenSize() {
        IntToLongFunction fours = hidden -> 4L * hidden * hidden, sevens = hidden -> 7L * hidden * hidden;
        assertThat(HiddenSizes.of(List.of(
                        new Sized(CellType.LSTM, Match.HIDDEN, 8, fours),
                        new Sized(CellType.LSTM, Match.PARAMETERS, 8, fours),
                        new Sized(CellType.LSTM, Match.HIDDEN, 5, fours),
                        new Sized(CellType.WM, Match.PARAMETERS, 8, sevens))))
                .containsExactly(8, 11, 5, 8);
        assertThat(HiddenSizes.of(List.of(
                        new Sized(CellType.PEEPHOLE_FULL, Match.PARAMETERS, 8, sevens),
                        new Sized(CellType.LSTM, Match.PARAMETERS, 8, fours))))
                .as("matched to the one with most where wm isn't there")
                .containsExactly(8, 11);
    }
}
