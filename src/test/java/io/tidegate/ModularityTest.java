package io.tidegate;

import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

/**
 * Spring Modulith's view of the rooms: no cycles between them, and nothing reaches into a package named {@code internal}.
 * Other packages of a room are open; see META-INF/spring.factories of the tests for how that is told without annotations.
 */
class ModularityTest {

    @Test
    void roomsHaveNoCyclesAndKeepTheirInternals() {
        ApplicationModules.of(Tidegate.class).verify();
    }
}
