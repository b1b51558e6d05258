package io.tidegate.core.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LearningRateTest {

    @Test
    void aConstantRateStays() {
        assertThat(new LearningRate.Constant(0.1).at(1_000_000)).isEqualTo(0.1);
    }

    @Test
    void aCosineGoesFromStartToEndAndStaysThere() {
        LearningRate rate = new LearningRate.Cosine(1, 0.2, 100);
        assertThat(rate.at(0)).isEqualTo(1);
        assertThat(rate.at(50)).isCloseTo(0.6, within(1e-12));
        assertThat(rate.at(100)).isCloseTo(0.2, within(1e-12));
        assertThat(rate.at(1000)).isCloseTo(0.2, within(1e-12));
    }

    @Test
    void stepsMultiplyTheRate() {
        LearningRate rate = new LearningRate.Step(1, 0.5, 10);
        assertThat(rate.at(9)).isEqualTo(1);
        assertThat(rate.at(10)).isEqualTo(0.5);
        assertThat(rate.at(25)).isEqualTo(0.25);
    }

    @Test
    void warmUpRisesToWhatFollowsAndNeverStartsAtZero() {
        LearningRate rate = new LearningRate.WarmUp(4, new LearningRate.Step(1, 0.5, 10));
        assertThat(rate.at(0)).isCloseTo(0.2, within(1e-12));
        assertThat(rate.at(3)).isCloseTo(0.8, within(1e-12));
        assertThat(rate.at(4)).isEqualTo(1);
        assertThat(rate.at(14)).isEqualTo(0.5);
    }
}
