package io.tidegate.core.cell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CellTest {

    private static final int H = 5;

    @ParameterizedTest
    @EnumSource(value = CellType.class, names = "LSTM", mode = EnumSource.Mode.EXCLUDE)
    void aCellWithZeroCellToGateWeightsEqualsTheLstmExactly(CellType type) {
        SplittableRandom random = new SplittableRandom(21);
        Matrix hh = new Matrix(random.doubles(4 * H * H, -1, 1).toArray(), 0, 4 * H, H);
        Cell lstm = new Lstm(hh), cell = withoutMemory(type, hh);
        CellState state = new CellState(
                random.doubles(H, -1, 1).toArray(), random.doubles(H, -9, 9).toArray());
        CellState lstmState = state;
        for (int t = 0; t < 20; t++) {
            double[] fromInput = random.doubles(4 * H, -3, 3).toArray();
            state = cell.step(fromInput, state).after();
            lstmState = lstm.step(fromInput, lstmState).after();
            assertThat(state.h()).containsExactly(lstmState.h());
            assertThat(state.c()).containsExactly(lstmState.c());
        }
    }

    private static Cell withoutMemory(CellType type, Matrix hh) {
        Matrix zeros = new Matrix(new double[H * H], 0, H, H);
        Matrix[] ch = {zeros, zeros, zeros};
        return switch (type) {
            case LSTM -> new Lstm(hh);
            case PEEPHOLE -> new PeepholeLstm(hh, new double[3 * H], 0);
            case PEEPHOLE_FULL -> new FullPeepholeLstm(hh, ch);
            case WM -> new WorkingMemoryLstm(hh, ch);
        };
    }
}
