package io.tidegate.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.core.engine.Engines.Candidate;
import java.util.List;
import org.junit.jupiter.api.Test;

class EnginesTest {

    private static final Candidate GOOD = new Candidate("reference", ReferenceEngine::new);
    private static final Candidate BROKEN = new Candidate("fast", () -> {
        throw new UnsatisfiedLinkError("no fast library for this machine");
    });

    @Test
    void autoTakesTheBestThatRunsAndSaysWhyNotABetterOne() {
        Engines.Selection selection = Engines.select("auto", List.of(BROKEN, GOOD));
        assertThat(selection.engine().name()).isEqualTo("reference");
        assertThat(selection.reason()).contains("fast can't run: no fast library for this machine");
    }

    @Test
    void aNamedEngineIsTakenEvenIfABetterOneRuns() {
        assertThat(Engines.select("reference", List.of(BROKEN, GOOD)).reason()).isEqualTo("asked for by name");
    }

    @Test
    void aNamedEngineThatCannotRunStopsTheStart() {
        assertThatThrownBy(() -> Engines.select("fast", List.of(BROKEN, GOOD)))
                .isInstanceOf(Engines.UnavailableException.class)
                .hasMessageContaining("'fast' was asked for by name and can't run: no fast library");
    }

    @Test
    void anUnknownNameStopsTheStartAndListsTheEngines() {
        assertThatThrownBy(() -> Engines.select("warp", List.of(BROKEN, GOOD)))
                .hasMessageContaining("expected auto or one of fast, reference, got 'warp'");
    }

    @Test
    void withNoEngineAtAllTheReasonsAreGiven() {
        assertThatThrownBy(() -> Engines.select("auto", List.of(BROKEN))).hasMessageContaining("fast can't run");
    }
}
